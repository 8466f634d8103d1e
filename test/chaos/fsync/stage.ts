/** Where the proofs play: a demo agent in its own process, a stub platform, and any number of servers on data of their own. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { StubUpdate } from "../../support/stub/channel.ts";
import { type StubPlatform, startStubPlatform } from "../../support/stub/platform.ts";
import { type Child, type Command, startChild } from "../child.ts";
import { apiToken, createPrograms, stubSecret } from "../programs.ts";

export type Remembered = { readonly role: string; readonly text: string };

export type Place = { readonly dir: string; readonly dataDir: string; readonly command: Command };

export type Stage = {
  readonly platform: StubPlatform;
  /** A place for a server; `from` is one whose data it begins with. */
  place(name: string, from?: Place): Place;
  /** What the agent was told and said. */
  history(): Promise<readonly Remembered[]>;
  close(): Promise<void>;
};

const options = {
  kills: 0,
  chats: 0,
  background: false,
  victim: "server",
  seed: 0,
  plain: false,
  program: "chaos",
  keep: false,
} as const;

/** A socket cannot be copied. */
const isFile = (path: string): boolean => !path.endsWith(".sock");

export const openStage = async (dir: string): Promise<Stage> => {
  const platform = startStubPlatform();
  const demo: Child = startChild(createPrograms(options, dir).demo(undefined));
  const letta = await demo.ready;
  return {
    platform,
    place: (name, from) => {
      const home = join(dir, name);
      mkdirSync(home);
      const programs = createPrograms(options, home);
      if (from) cpSync(from.dataDir, programs.serverData, { recursive: true, filter: isFile });
      return { dir: home, dataDir: programs.serverData, command: programs.server(letta, platform.url) };
    },
    history: async () => (await (await fetch(`${letta}/demo/history`)).json()) as readonly Remembered[],
    close: async () => {
      await demo.kill();
      await platform.stop();
    },
  };
};

export const ways = ["async", "json", "sse", "webhook"] as const;
export type Way = (typeof ways)[number];

/** Sends one message; `mark` is a word that names it, also to the server, which takes it once. */
export const send = (url: string, way: Way, mark: string): Promise<Response> => {
  if (way === "webhook") {
    const update: StubUpdate = { id: mark, chat: mark, from: mark, text: `please note ${mark}` };
    const headers = { "x-stub-secret": stubSecret };
    return fetch(`${url}/webhooks/stub`, { method: "POST", headers, body: JSON.stringify(update) });
  }
  return fetch(`${url}/api/v1/chat${way === "async" ? "/async" : ""}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiToken}`,
      "content-type": "application/json",
      accept: way === "sse" ? "text/event-stream" : "application/json",
    },
    body: JSON.stringify({ message: `please note ${mark}`, chat: mark, idempotencyKey: mark }),
  });
};

export type Turn = { readonly state: string };

/** The turn as its caller sees it; undefined when the server does not know it. */
export const findTurn = async (url: string, turnId: string): Promise<Turn | undefined> => {
  const response = await fetch(`${url}/api/v1/turns/${turnId}`, { headers: { authorization: `Bearer ${apiToken}` } });
  return response.ok ? ((await response.json()) as Turn) : undefined;
};

/** Looks again until there is something to see. Throws after `withinMs`. */
export const until = async <T>(look: () => Promise<T | undefined> | T | undefined, withinMs = 60_000): Promise<T> => {
  for (const giveUpAt = Date.now() + withinMs; Date.now() < giveUpAt; await Bun.sleep(20)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error("it did not come to pass");
};
