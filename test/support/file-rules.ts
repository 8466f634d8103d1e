/** What no file of `src` may do by itself, with the exceptions that are known. Who may import whom: architecture.test.ts. */
import { words } from "./imports.ts";
import { isForTests, type Place, type Source } from "./source.ts";

export type Rule = {
  readonly name: string;
  /** What is wrong with a file, and what to do about it. */
  readonly complaints: (source: Source, channelNames: readonly string[]) => readonly string[];
  /** A file that breaks it, as path and text: the rule is tried on it. */
  readonly broken: readonly [path: string, text: string];
};

export const at = (source: Source, place: Place): string => `${source.path}:${place.line}`;

type Ban = {
  readonly name: string;
  readonly globals: RegExp;
  readonly instead: string;
  /** Files that may all the same. */
  readonly allowed: string;
  readonly broken: string;
};

const bans: readonly Ban[] = [
  {
    name: "only main.ts touches the process",
    globals:
      /^process\.(?!platform$|arch$|pid$|kill$|memoryUsage\b)|^process$|^Bun\.(env|argv|main)$|^import\.meta\.env$/,
    instead: "only main.ts reads the environment, arguments and streams, and exits: take it as an argument",
    allowed: "src/main.ts",
    broken: "const { env } = process;",
  },
  {
    name: "nobody writes to the console",
    globals: /^console\b/,
    instead: "take a `Log`, or `Io` in cli/",
    allowed: "",
    broken: "console.log(1);",
  },
  {
    name: "nobody reaches for the network",
    globals: /^fetch$|^(new )?(WebSocket|EventSource|XMLHttpRequest)\b|^Bun\.(connect|listen|udpSocket)$/,
    instead: "take `fetch` as an argument, so that a double can stand in",
    // The port's default, what opens channels, and subcommands that ask a server: nobody above them has a `fetch` to give.
    allowed: "src/bots.ts src/letta/v1.ts src/cli/connect.ts src/cli/doctor.ts src/cli/health.ts",
    broken: 'void fetch("http://localhost");',
  },
  {
    name: "only the listeners serve",
    globals: /^Bun\.serve$/,
    instead: "hand your routes to a listener",
    allowed: "src/http/listen.ts src/simulator/serve.ts",
    broken: "Bun.serve({ fetch: answer });",
  },
  {
    name: "nobody reaches for the clock",
    globals: /^Date\.now$|^new Date\(\)$/,
    instead: "take `now` as an argument",
    // Defaults of `now`; a file's name; whether the clock is right; the date of an answer that has none.
    allowed:
      "src/app.ts src/log.ts src/simulator/simulator.ts src/cli/backup.ts src/cli/doctor.ts src/letta/retry-after.ts",
    broken: "const at = new Date();",
  },
];

const maxLines = 400;
const askLines = 300;
/** Files above 300 lines in which one idea lives all the same. */
const long: Readonly<Record<string, string>> = {
  "src/store/schema.ts": "the tables, read side by side",
};

/** Files without a doc comment at their top or before their first statement; give them one and remove the name. */
const unintroduced = words("");

const formAdvice: Readonly<Record<string, string>> = {
  "export default": "Export it by name.",
  class: "Return an object from a function; `Fault` is the only class.",
  enum: "Use a union of words.",
  namespace: "Use a file.",
  "parameter property": "Use a field.",
  any: "Use `unknown` and parse it once.",
  "!": "Prove it to the compiler, or handle the other case.",
};

export const fileRules: readonly Rule[] = [
  ...bans.map(({ name, globals, instead, allowed, broken }): Rule => ({
    name,
    complaints: (source) =>
      source.globals
        .filter(({ text }) => globals.test(text) && !words(allowed).includes(source.path))
        .map((place) => `${at(source, place)}: uses ${place.text}; ${instead}.`),
    broken: ["src/turn/engine.ts", broken],
  })),
  {
    name: "names are exported, and the house style's forms are used",
    complaints: (source) =>
      source.forms
        .filter(({ text }) => !(text === "class" && source.path === "src/errors.ts"))
        .map((place) => `${at(source, place)}: ${place.text} is not used here. ${formAdvice[place.text] ?? ""}`),
    broken: ["src/turn/engine.ts", "export default class {}"],
  },
  {
    name: "a file holds one idea",
    complaints: ({ path, lines }) => {
      if (path === "src/pipeline.ts" && lines >= 120) return [`${path}: ${lines} lines; the story has to fit in 120.`];
      if (lines > maxLines) return [`${path}: ${lines} lines. Two ideas live in it: split it.`];
      if (lines <= askLines || path in long) return [];
      return [`${path}: ${lines} lines. Do two ideas live in it? Split it, or say in \`long\` which one idea it is.`];
    },
    broken: ["src/turn/engine.ts", "void 0;\n".repeat(maxLines + 1)],
  },
  {
    name: "a file says what it is for",
    complaints: ({ path, introduced }) =>
      introduced || unintroduced.includes(path)
        ? []
        : [`${path}: begin it with a doc comment that says what it is for.`],
    broken: ["src/turn/more.ts", "const more = 1;\n/** More. */\nexport const most = more;"],
  },
  {
    name: "test doubles stay out of the product",
    complaints: (source) =>
      source.imports
        .filter(({ target }) => isForTests(target))
        .map((one) => `${at(source, one)}: imports ${one.target}, which is for tests.`),
    broken: ["src/letta/v1.ts", 'import { serve } from "./test-server.ts";'],
  },
];

/** Exceptions above that nothing needs any more: remove them. */
export const idleExceptions = (sources: readonly Source[]): readonly string[] => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  return [
    ...Object.keys(long).filter((path) => (byPath.get(path)?.lines ?? 0) <= askLines),
    ...unintroduced.filter((path) => byPath.get(path)?.introduced !== false),
    ...bans.flatMap(({ allowed, globals }) =>
      words(allowed).filter((path) => !byPath.get(path)?.globals.some(({ text }) => globals.test(text))),
    ),
  ];
};
