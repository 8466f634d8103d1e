/** The tables of README and docs list what the program has: no more, no less, by the same names. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { groupModes, steerers } from "../src/access/rules.ts";
import { exitCodes } from "../src/cli/io.ts";
import { commands } from "../src/commands/registry.ts";
import { settings, valueAt } from "../src/config/names.ts";
import { loadConfig } from "../src/config/config.ts";
import { checks } from "../src/doctor/doctor.ts";
import { catalogue, type FaultCode } from "../src/errors.ts";
import { routes } from "../src/http/app.ts";
import type { HttpDeps } from "../src/http/context.ts";
import { readCallerChat } from "../src/http/openai/caller-chat.ts";
import { refusalBody } from "../src/http/openai/refusal.ts";
import { taskOf } from "../src/http/openai/tasks.ts";
import { conversationPolicies } from "../src/message.ts";
import { outboxStates } from "../src/outbox/states.ts";
import { phraseIn } from "../src/simulator/agent/phrases.ts";
import { turnStates } from "../src/turn/states.ts";
import { leaves, optionsOf } from "./support/docs-commands.ts";
import { type Page, readPages, type Row } from "./support/docs-page.ts";

const root = join(import.meta.dir, "..");
const pages = readPages(root);

const page = (path: string): Page => {
  const found = pages.find((one) => one.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
};

/** What stands between backticks in a cell. */
const codesIn = (cell: string | undefined): readonly string[] =>
  [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

const firstCodes = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap(({ cells }) => codesIn(cells[0]).slice(0, 1));

const rowsUnder = (path: string, section: string): readonly Row[] =>
  page(path).rows.filter((row) => row.section === section);

/** Of options that are listed: those that many commands take stand in a table of their own. */
const isShared = ({ cells }: Row): boolean => (cells[0] ?? "").startsWith("`--");

const longOf = (flags: string): string => flags.split(" ", 1)[0] ?? "";

const headingOf = ({ name, command }: (typeof leaves)[number]): string => {
  const words = command.registeredArguments.map((one) => {
    const inside = `${one.name()}${one.variadic ? "..." : ""}`;
    return one.required ? `<${inside}>` : `[${inside}]`;
  });
  return ["lettabox", name, ...words].join(" ");
};

const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const codeOf = (text: string): FaultCode | undefined => (text in catalogue ? (text as FaultCode) : undefined);

describe("README.md", () => {
  const readme = page("README.md");

  test("is short, and its first command stands by line 30", () => {
    expect(readme.lines).toBeLessThan(120);
    const [first] = readme.fences;
    expect(first?.text).toBe("npx -y bun@1.4.5 run start");
    expect(first?.line).toBeLessThanOrEqual(30);
  });

  test("leads to every page of docs", () => {
    const targets = readme.links.map(({ text }) => text);
    expect(pages.map(({ path }) => path).filter((path) => path !== "README.md" && !targets.includes(path))).toEqual([]);
  });
});

test("docs/develop.md lists every folder of src and every file at its top", () => {
  const entries = readdirSync(join(root, "src"), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter((name) => !name.endsWith(".test.ts") && !name.startsWith("config-"));
  expect(firstCodes(rowsUnder("docs/develop.md", "What lies where")).toSorted()).toEqual(entries.toSorted());
});

describe("docs/cli.md", () => {
  const title = "Commands";
  const shared = rowsUnder("docs/cli.md", title).filter(isShared);

  test("has a section for every command, with its arguments", () => {
    const headings = page("docs/cli.md").headings.flatMap(({ text }) => codesIn(text));
    expect(headings.toSorted()).toEqual(leaves.map(headingOf).toSorted());
  });

  test("the options that many commands take are taken by all but those it names", () => {
    for (const { cells } of shared) {
      const option = longOf(firstCodes([{ cells, line: 0, section: "" }])[0] ?? "");
      const without = leaves.filter(({ command }) => !optionsOf(command).includes(option)).map(({ name }) => name);
      expect(codesIn(cells[2]).toSorted(), option).toEqual(without.toSorted());
    }
  });

  for (const leaf of leaves) {
    test(`lists the other options of ${leaf.name}, as the program writes them`, () => {
      const known = firstCodes(shared).map(longOf);
      const own = leaf.command.options.filter(({ long }) => !known.includes(long ?? "")).map(({ flags }) => flags);
      expect(firstCodes(rowsUnder("docs/cli.md", `\`${headingOf(leaf)}\``)).toSorted()).toEqual(own.toSorted());
    });
  }

  test("lists the exit codes", () => {
    const listed = rowsUnder("docs/cli.md", title)
      .filter((row) => !isShared(row))
      .map(({ cells }) => Number(cells[0]));
    expect(listed).toEqual(Object.values(exitCodes));
  });
});

describe("docs/configuration.md", () => {
  const rows = rowsUnder("docs/configuration.md", "Configuration");

  test("lists every setting by its name in the file, the environment and the command line", () => {
    const listed = rows.map(({ cells }) => [codesIn(cells[0]), codesIn(cells[1]), codesIn(cells[2])].flat());
    expect(listed).toEqual(
      settings.map(({ path, env, flag: name }) => [
        path,
        ...(env === undefined ? [] : [env]),
        ...(name === undefined ? [] : [flagOf(name)]),
      ]),
    );
  });

  test("tells the defaults that are in force", async () => {
    const config = await loadConfig({ flags: {}, env: {}, cwd: "/nowhere" });
    for (const { cells } of rows) {
      const [path = ""] = codesIn(cells[0]);
      // They depend on the machine; the page tells how.
      if (path === "dataDir" || path === "logFormat") continue;
      const value = valueAt(config, path);
      const isSet = value !== undefined && !(Array.isArray(value) && value.length === 0);
      expect(codesIn(cells[3]), path).toEqual(isSet ? [String(value)] : []);
    }
  });

  test("says of each what the schema says", () => {
    expect(rows.map(({ cells }) => [codesIn(cells[0])[0], cells[4]])).toEqual(
      settings.map(({ path, text }) => [path, text]),
    );
  });

  test("lists the secrets, and the names of other programs", () => {
    const secrets = settings.flatMap(({ env, secret }) => (env !== undefined && secret ? [`${env}_FILE`] : []));
    const codes = page("docs/configuration.md").codes.map(({ text }) => text);
    expect(secrets.filter((name) => !codes.includes(name))).toEqual([]);
    const aliases = rowsUnder("docs/configuration.md", "Names of other programs").flatMap(({ cells }) =>
      codesIn(cells[0]).map((name) => `${name} → ${codesIn(cells[1])[0]}`),
    );
    const known = settings.flatMap(({ env, path, aliases: names = [] }) =>
      names.map((name) => `${name} → ${env ?? path}`),
    );
    expect(aliases.toSorted()).toEqual(known.toSorted());
  });
});

describe("docs/commands.md", () => {
  const path = "docs/commands.md";

  test("lists every command, what it does, who may use it and when it is answered", () => {
    const listed = rowsUnder(path, "All commands").map(({ cells }) => [codesIn(cells[0])[0], ...cells.slice(1)]);
    const place = { "at-once": "at once", "in-order": "at its place" } as const;
    expect(listed).toEqual(commands.map(({ usage, summary, who, when }) => [usage, summary, who, place[when]]));
  });

  test("says what each word for who may use a command means", () => {
    expect(firstCodes(rowsUnder(path, "Who may use them"))).toEqual([...steerers]);
  });

  test("names every other name of a command", () => {
    const codes = page(path).codes.map(({ text }) => text);
    const aliases = commands.flatMap((command) => command.aliases.map((name) => `/${name}`));
    expect(aliases.filter((name) => !codes.includes(name))).toEqual([]);
  });

  test("lists the modes of groups", () => {
    expect(firstCodes(rowsUnder(path, "In groups"))).toEqual([...groupModes]);
  });
});

test("docs/conversations.md lists the policies", () => {
  const listed = firstCodes(rowsUnder("docs/conversations.md", "Which conversation"));
  expect(listed).toEqual([...conversationPolicies]);
});

test("docs/doctor.md lists the checks in their order", () => {
  const [words, listed] = [["ok", "warn", "fail", "skip"], firstCodes(rowsUnder("docs/doctor.md", "The doctor"))];
  expect(listed).toEqual([...words, "configuration", ...checks.map(({ name }) => name)]);
});

describe("docs/api.md", () => {
  test("lists every route, and who may use it", () => {
    // The handlers are not called; building the table touches nothing of what they need.
    const table = routes({} as HttpDeps).map(([method, path, who]) => [`${method} ${path}`, [who].flat().join(", ")]);
    const listed = rowsUnder("docs/api.md", "All routes").map(({ cells: [route, who] }) => [
      codesIn(route)[0],
      who?.replaceAll("`", ""),
    ]);
    expect(listed.toSorted()).toEqual(table.toSorted());
  });

  test("lists errors with the status they have", () => {
    for (const { cells, line } of rowsUnder("docs/api.md", "Errors")) {
      const code = codeOf(codesIn(cells[1])[0] ?? "");
      const place = `docs/api.md:${line}`;
      expect(code, place).toBeDefined();
      expect(code && String(catalogue[code].status), place).toBe(cells[0]);
    }
  });

  test("lists reasons of failure that exist", () => {
    const codes = firstCodes(rowsUnder("docs/api.md", "Why a turn failed"));
    expect(codes.filter((code) => code !== "interrupted" && codeOf(code) === undefined)).toEqual([]);
    const named = page("docs/api.md").codes.map(({ text }) => text);
    expect(named.filter((text) => /^letta_[a-z_]+$/.test(text) && codeOf(text) === undefined)).toEqual([]);
  });
});

describe("docs/openai.md", () => {
  const fences = page("docs/openai.md").fences;
  const config = loadConfig({ flags: {}, env: {}, cwd: "/nowhere" });

  test("has Open WebUI send headers that count", async () => {
    const { chatHeaders } = (await config).completions;
    const [text] = fences.flatMap((fence) => (fence.text.includes("{{CHAT_ID}}") ? [fence.text] : []));
    const filled = (text ?? "").replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) =>
      name === "TASK" ? "title_generation" : name,
    );
    const headers = new Headers(JSON.parse(filled) as Record<string, string>);
    expect(readCallerChat(headers, undefined, chatHeaders)).toEqual({
      name: "CHAT_ID",
      whole: true,
      speaker: "USER_NAME",
    });
    expect(taskOf(headers, { messages: [] })).toBe("title");
  });

  test("has LibreChat send a header that counts", async () => {
    const { chatHeaders } = (await config).completions;
    const [text] = fences.flatMap((fence) => (fence.text.startsWith("endpoints:") ? [fence.text] : []));
    const { endpoints } = parse(text ?? "") as { endpoints: { custom: { headers: Record<string, string> }[] } };
    const names = Object.keys(endpoints.custom[0]?.headers ?? {}).map((name) => name.toLowerCase());
    expect(names).toHaveLength(1);
    expect(chatHeaders).toEqual(expect.arrayContaining(names));
  });

  test("lists codes of errors that exist", () => {
    const known = Object.keys(catalogue).map((code) => refusalBody({ code, message: "", status: 400 }).error.code);
    expect(
      firstCodes(rowsUnder("docs/openai.md", "Errors").map((row) => ({ ...row, cells: row.cells.slice(2) }))).filter(
        (code) => !known.includes(code),
      ),
    ).toEqual([]);
  });
});

test("docs/durability.md lists the states of a turn and of a part, in their order", () => {
  expect(firstCodes(rowsUnder("docs/durability.md", "A turn"))).toEqual([...turnStates]);
  expect(firstCodes(rowsUnder("docs/durability.md", "Dead letters"))).toEqual([...outboxStates]);
});

test("docs/demo.md lists phrases that the demo agent obeys", () => {
  const phrases = firstCodes(rowsUnder("docs/demo.md", "Phrases"));
  const kinds = phrases.map((phrase) => phraseIn([phrase])?.kind);
  expect(kinds.toSorted()).toEqual(["ask", "fail", "flood", "recall", "remember", "silent", "slow", "think", "tool"]);
});
