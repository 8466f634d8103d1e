/**
 * Who may import whom, and (`support/file-rules.ts`) what no file may do. Each complaint says what to change. Where a
 * rule is wrong for what you build, change the rule in the same commit, with its reason.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { steerers } from "../src/access/rules.ts";
import { channels } from "../src/channels/registry.ts";
import { commands } from "../src/commands/registry.ts";
import { at, fileRules, idleExceptions, type Rule } from "./support/file-rules.ts";
import {
  type Arrow,
  arrowsOf,
  findCycle,
  folderOf,
  isLocal,
  leaves,
  packageOf,
  unitOf,
  words,
} from "./support/imports.ts";
import { parseSource, readSources, type Source } from "./support/source.ts";

const root = join(import.meta.dir, "..");

/**
 * What each folder or top-level file of `src` may import beside leaves and itself. The order is the direction: nobody
 * imports from below. `channels/*` is the folder of one platform.
 */
const mayImport: Readonly<Record<string, string>> = {
  "connection.ts": "",
  "errors.ts": "",
  "message.ts": "",
  "log.ts": "",
  "pause.ts": "",
  "timing.ts": "",
  "turn/states.ts": "",
  "outbox/states.ts": "",
  "access/rules.ts": "",
  "nearest.ts": "",
  crypto: "",
  render: "",
  simulator: "",
  metrics: "",
  letta: "",
  channels: "",
  "channels/*": "channels render crypto",
  "channels/registry.ts": "channels channels/*",
  config: "channels channels/registry.ts crypto nearest.ts",
  store: "migrations",
  access: "crypto store",
  "runner.ts": "store",
  turn: "channels letta metrics render store",
  outbox: "channels metrics store",
  people: "letta store",
  commands: "access channels letta metrics nearest.ts render runner.ts store turn",
  inbox: "access channels commands metrics people store turn",
  "pipeline.ts": "commands outbox runner.ts store turn",
  http: "access crypto inbox metrics people pipeline.ts store turn",
  files: "",
  "bots.ts": "channels channels/registry.ts config files inbox",
  "upstream.ts": "config letta simulator",
  "app.ts":
    "access bots.ts commands config crypto files http inbox letta metrics people pipeline.ts store turn upstream.ts",
  doctor: "bots.ts channels config crypto http letta store",
  cli: "access app.ts config crypto doctor http package.json simulator store turn",
  "main.ts": "cli",
};

/** Single imports that go against the table and are known to; remove a line when its import is gone. */
const crooked: readonly string[] = [];

/** Who may import a package. A new dependency gets a line. */
const mayUsePackage: Readonly<Record<string, string>> = {
  "@letta-ai/letta-client": "letta",
  "bun:ffi": "cli",
  "bun:sqlite": "store simulator",
  commander: "cli",
  "drizzle-orm": "store",
  grammy: "channels/telegram",
  hono: "http simulator",
  "markdown-it": "render",
  yaml: "config",
  zod: "config http simulator",
  "node:crypto": "anyone",
  "node:fs": "anyone",
  "node:fs/promises": "files",
  "node:net": "config doctor http",
  "node:path": "anyone",
};

/** The table's name for a unit: that of one platform stands for all. */
const rowOf = (unit: string): string =>
  unit.startsWith("channels/") && unit !== "channels/registry.ts" ? "channels/*" : unit;

/** Imports that the table does not allow. */
const against = (source: Source): readonly Arrow[] =>
  arrowsOf(source).filter(
    ({ from, to }) => from !== to && !leaves.includes(to) && !words(mayImport[rowOf(from)]).includes(rowOf(to)),
  );

const importRules: readonly Rule[] = [
  {
    name: "folders import in one direction",
    complaints: (source) =>
      against(source)
        .filter(({ text }) => !crooked.includes(text))
        .map(
          ({ from, to, text, place }) =>
            `${at(source, place)}: ${text}, but ${from} may not import ${to}. Move what both need to the one below, or ` +
            "take it as an argument. If the direction is right, add it to `mayImport`.",
        ),
    broken: ["src/store/turns.ts", 'import type { Session } from "../turn/session.ts";'],
  },
  {
    name: "leaves import nothing; the log knows faults and node",
    complaints: (source) =>
      leaves.includes(unitOf(source.path))
        ? source.imports
            .filter(
              (one) => source.path !== "src/log.ts" || !(one.text.startsWith("node:") || one.text === "./errors.ts"),
            )
            .map((one) => `${at(source, one)}: imports ${one.text}, but everything imports this file. Move it out.`)
        : [],
    broken: ["src/errors.ts", 'import { Database } from "bun:sqlite";'],
  },
  {
    name: "an import path goes the shortest way",
    complaints: (source) =>
      source.imports
        .filter(({ text }) => text.startsWith("../") && `src/${text.split("/")[1]}` === folderOf(source.path))
        .map((one) => `${at(source, one)}: ${one.text} leaves the folder to come back. Begin it with "./".`),
    broken: ["src/turn/conclude.ts", 'import { isFinal } from "../turn/states.ts";'],
  },
  {
    name: "a package is used where it belongs",
    complaints: (source) =>
      source.imports
        .filter((one) => !isLocal(one))
        .flatMap((one) => {
          const name = packageOf(one.text);
          const allowed = words(mayUsePackage[name]);
          if (allowed.length === 0) return [`${at(source, one)}: say in \`mayUsePackage\` who may import ${name}.`];
          if (allowed.includes("anyone") || allowed.includes(unitOf(source.path))) return [];
          return [`${at(source, one)}: only ${allowed.join(", ")} may import ${name}. Put what needs it there.`];
        }),
    broken: ["src/turn/engine.ts", 'import { eq } from "drizzle-orm/sql";'],
  },
  {
    name: "a channel is named in its folder and the registry only",
    complaints: (source, names) =>
      source.literals
        .filter(({ text }) => names.includes(text.trim()) && source.path !== "src/channels/registry.ts")
        .filter(({ text }) => !source.path.startsWith(`src/channels/${text.trim()}/`))
        .map(
          (place) =>
            `${at(source, place)}: names the channel "${place.text}". Ask the channel itself (a limit, a capability), or ` +
            "let it declare what differs.",
        ),
    broken: ["src/outbox/sender.ts", 'const slow = channel === "semaphore";'],
  },
];

/** Commands that do not say who may use them. */
const withoutWho = (all: readonly { readonly name: string; readonly who?: string }[]): readonly string[] =>
  all.filter(({ who }) => !steerers.some((one) => one === who)).map(({ name }) => name);

let sources: readonly Source[];

beforeAll(async () => {
  sources = await readSources(root, "src");
}, 60_000);

describe("architecture", () => {
  for (const rule of [...importRules, ...fileRules]) {
    test(rule.name, async () => {
      const found = await parseSource(...rule.broken);
      expect(rule.complaints(found, ["semaphore"])).not.toEqual([]);
      const names = Object.keys(channels);
      expect(sources.flatMap((source) => rule.complaints(source, names))).toEqual([]);
    });
  }

  test("every command says who may use it", () => {
    const [first] = commands;
    expect(withoutWho([{ name: "open-to-all" }, { name: "new", who: first?.who ?? "" }])).toEqual(["open-to-all"]);
    expect(withoutWho(commands)).toEqual([]);
  });

  test("platforms do not know each other", async () => {
    const path = "src/channels/semaphore/send.ts";
    const found = await parseSource(path, 'import { tap } from "../telegraph/send.ts"; import "./parse.ts";');
    expect(against(found).map(({ to }) => to)).toEqual(["channels/telegraph"]);
  });

  test("no file imports itself by a detour, types included", async () => {
    const pair = [
      await parseSource("src/a.ts", 'import type { B } from "./b.ts";'),
      await parseSource("src/b.ts", 'export const a = () => import("./a.ts");'),
    ];
    expect(findCycle(pair)).toBe("src/a.ts → src/b.ts → src/a.ts");
    expect(findCycle(sources)).toBeUndefined();
  });

  test("the table has a line for everything in src, and its order is the direction of imports", () => {
    const rows = Object.keys(mayImport);
    const missing = new Set(sources.map(({ path }) => rowOf(unitOf(path))).filter((row) => !rows.includes(row)));
    expect([...missing]).toEqual([]);
    const upward = rows.flatMap((row, place) =>
      words(mayImport[row])
        .filter((other) => rows.indexOf(other) >= place)
        .map((other) => `${row} → ${other}`),
    );
    expect(upward).toEqual([]);
  });

  test("the packages that may be used are the dependencies", () => {
    const packages = Object.keys(mayUsePackage).filter((name) => !/^(node|bun):/.test(name));
    expect(packages).toEqual(Object.keys(manifest.dependencies));
  });

  test("the table allows nothing that nobody does", () => {
    const used = new Set(sources.flatMap(arrowsOf).map(({ from, to }) => `${rowOf(from)} → ${rowOf(to)}`));
    // Before the registry names a platform, what platforms may do is used by none or by half of one.
    const hasPlatforms = used.has("channels/registry.ts → channels/*");
    const idle = Object.entries(mayImport)
      .flatMap(([row, others]) => words(others).map((other) => `${row} → ${other}`))
      .filter((arrow) => !used.has(arrow) && (hasPlatforms || !arrow.includes("channels/*")));
    expect(idle).toEqual([]);
  });

  test("accepted exceptions are still needed", () => {
    const arrows = new Set(sources.flatMap(against).map(({ text }) => text));
    expect(crooked.filter((arrow) => !arrows.has(arrow))).toEqual([]);
    expect(idleExceptions(sources)).toEqual([]);
  });

  test("folders are named by what flows through them", () => {
    const drawers = /^(utils?|helpers?|common|shared|core|lib|services?|misc)(\.ts)?$/;
    const paths = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
    expect(paths.filter((path) => path.split("/").some((part) => drawers.test(part)))).toEqual([]);
    expect(paths.filter((path) => !/^[a-z0-9/.-]+$/.test(path))).toEqual([]);
  });
});
