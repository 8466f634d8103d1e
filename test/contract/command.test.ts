/** What every command of the registry owes: to the lists that derive from it, and to whoever sends it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { defaultAccess, steerers } from "../../src/access/rules.ts";
import { answerLine, isProper } from "../../src/commands/answer.ts";
import type { Command, CommandContext, CommandReply, Talk } from "../../src/commands/command.ts";
import { commandLineOf, findCommand } from "../../src/commands/line.ts";
import { commands } from "../../src/commands/registry.ts";
import { requestCommand } from "../../src/commands/request.ts";
import { Fault } from "../../src/errors.ts";
import type { Upstream } from "../../src/letta/upstream.ts";
import type { ChatKind } from "../../src/message.ts";
import type { Agent } from "../../src/store/accounts.ts";
import type { Changed } from "../../src/store/changes.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { tempDir } from "../support/app.ts";

/**
 * The narrowest of the platforms: the name in Telegram's menu, the summary in Discord's, one message on Discord, buttons
 * as people can still take them in.
 */
const limits = { name: 32, summary: 100, answer: 2_000, choices: 8, label: 64 };

let dataDir: string;
let store: Store;

beforeAll(async () => {
  dataDir = tempDir();
  store = await openStore({ dataDir });
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A Letta server on which everything fails in the same way. */
const failing = (code: "letta_unreachable" | "letta_cut" | "letta_refused"): Upstream =>
  new Proxy({} as Upstream, {
    get: () => () => Promise.reject(new Fault(code)),
  });

/** Nobody is known. */
const personas: CommandContext["personas"] = {
  know: () => Promise.resolve(undefined),
  meet: () => Promise.resolve(undefined),
  renew: () => Promise.resolve(),
  save: () => undefined,
  noteEvery: 0,
};

/** Everything that may have come of a change, and nothing. */
const outcomes: readonly (Changed | undefined)[] = [
  undefined,
  ...(["chat", "person", "shared", "fresh"] as const).map((left) => ({ kind: "renewed", left }) as const),
  { kind: "stopped", running: 0, messages: 0, commands: 0 },
  { kind: "stopped", running: 1, messages: 12, commands: 1 },
  { kind: "chosen", before: true },
  { kind: "chosen", before: false },
  { kind: "set" },
  { kind: "too-wide", of: "mode", most: "mention-only" },
  { kind: "too-wide", of: "dailyLimit", most: 10 },
  { kind: "too-wide", of: "allowed", most: null },
  ...(["now", "before", "late", "unknown"] as const).map(
    (outcome) => ({ kind: "allowed", approval: null, outcome }) as const,
  ),
];

/** As many as a server may have, with names as long and as odd as they come. */
const agents: readonly Agent[] = Array.from({ length: 40 }, (_, index) => ({
  id: index + 1,
  owner: "house",
  accountId: 1,
  agentId: `agent-${index + 1}`,
  name: `some *words* \`of\` a_name ${"long ".repeat(index)}${index}`,
  position: index,
  lastRunId: null,
}));

const house = (problem: Fault | undefined): CommandContext["house"] => ({
  account: 1,
  server: "x",
  refresh: () => Promise.resolve(agents),
  problem: () => problem,
});

const contextOf = (changed: Changed | undefined, words: string, kind: ChatKind = "direct"): CommandContext => ({
  words,
  changed,
  owner: "person:1",
  chat: { id: 1, kind, title: null },
  bot: 1,
  person: 1,
  operates: kind === "direct",
  access: defaultAccess,
  house: house(kind === "direct" ? new Fault("letta_unreachable") : undefined),
  store,
  commands,
  personas,
  now: () => 1,
  abort: new AbortController().signal,
});

const talkOf = (upstreamId: string | null, code: Parameters<typeof failing>[0]): Talk => ({
  account: 1,
  agent: { id: "agent-1", name: "Ada's agent" },
  conversation: 1,
  upstreamId,
  upstream: failing(code),
});

/** Buttons that platforms can show, each for a line that is a command and is taken. */
const expectChoices = (choices: NonNullable<CommandReply["choices"]>): void => {
  expect(choices.length).toBeLessThanOrEqual(limits.choices);
  for (const { label, line } of choices) {
    expect(label.trim()).not.toBe("");
    expect(label.length).toBeLessThanOrEqual(limits.label);
    const read = commandLineOf({ kind: "command", text: line, files: [] });
    const command = read && findCommand(commands, read.name);
    expect(command && read && isProper(command, read), line).toBe(true);
  }
};

/** What a command answers on a server that fails: a text, or the code of the fault that stands for it. */
const answerOf = async (command: Command, context: CommandContext, talk: Talk): Promise<string> => {
  try {
    const reply = await (command.needs === "nothing" ? command.answer(context) : command.answer({ ...context, talk }));
    expectChoices(reply.choices ?? []);
    return reply.text;
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "internal") throw error;
    return error.message;
  }
};

const addressee = {
  accountId: 1,
  server: "x",
  agentId: "agent-1",
  agentName: "one",
  conversation: "per-chat",
} as const;
const asked = {
  kind: "group",
  findAddressee: () => Promise.resolve(addressee),
  agents: () => agents,
} as const;

for (const command of commands) {
  describe(`/${command.name}`, () => {
    const names = [command.name, ...command.aliases];

    test("has names that every platform's menu takes, and that are nobody else's", () => {
      for (const name of names) {
        expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(name.length).toBeLessThanOrEqual(limits.name);
        expect(commands.filter((other) => [other.name, ...other.aliases].includes(name))).toEqual([command]);
      }
    });

    test("is found by its names however they are written", () => {
      for (const name of names) {
        for (const written of [name, name.toUpperCase(), name.replaceAll("-", "_")]) {
          expect(findCommand(commands, written)).toBe(command);
        }
      }
    });

    test("says in one line what it does, and how it is used", () => {
      expect(command.summary).toMatch(/^[A-Z][^\n]*[^.\s]$/);
      expect(command.summary.length).toBeLessThanOrEqual(limits.summary);
      expect(command.usage).toMatch(new RegExp(`^/${command.name}( [<[].+)?$`));
      expect(steerers).toContain(command.who);
      // What has to stand behind it can only do so where something may.
      if (command.usage.includes(" ")) expect(command.takesWords).toBe(true);
    });

    test("does not wait for a conversation if it acts at once", () => {
      if (command.when === "at-once") expect(command.needs).not.toBe("conversation");
    });

    test("changes what can be handed on as JSON, and nothing when it is not sent as it should be", async () => {
      const words = command.takesWords ? "some words" : "";
      const request = await requestCommand(commands, { name: command.name, words }, asked);
      expect(JSON.parse(JSON.stringify(request))).toEqual(request);
      expect(request).toMatchObject({
        name: command.name,
        who: command.who,
        trigger: command.when === "at-once" ? "control" : "command",
      });
      if (command.takesWords) return;
      const wrong = await requestCommand(commands, { name: command.name, words: "some words" }, asked);
      expect(wrong).toEqual({ name: command.name, who: "anyone", inLane: false, trigger: "control" });
    });

    test("answers within one message of any platform, whatever came of it", async () => {
      for (const changed of outcomes) {
        for (const words of command.takesWords ? ["", "some words", "off", "a_name", "page 3"] : [""]) {
          for (const code of ["letta_unreachable", "letta_cut", "letta_refused"] as const) {
            for (const upstreamId of [null, "default"]) {
              for (const kind of ["direct", "group"] as const) {
                const text = await answerOf(command, contextOf(changed, words, kind), talkOf(upstreamId, code));
                expect(text.trim()).not.toBe("");
                expect(text.length).toBeLessThanOrEqual(limits.answer);
              }
            }
          }
        }
      }
    });

    test("tells somebody who may not use it who may, and does not ask the command", async () => {
      for (const unsure of [true, false]) {
        const context = contextOf({ kind: "forbidden", who: command.who, unsure }, "", "group");
        const reply = await answerLine({ name: command.name, words: "" }, context, undefined);
        expect(reply.text).toMatch(/^Nothing was done: only /);
        expect(reply.text.includes("could not find out")).toBe(unsure);
      }
    });
  });
}
