/** Checks what documentation writes about our commands, options, environment names and files, without running it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import type { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { buildProgram } from "../../src/cli/cli.ts";
import type { Io } from "../../src/cli/io.ts";
import { foreignNames } from "../../src/config/foreign.ts";
import { envNamesOf, settings } from "../../src/config/names.ts";

const root = join(import.meta.dir, "../..");

const silent: Io = {
  args: [],
  env: {},
  cwd: root,
  pid: 0,
  isTTY: false,
  out: () => Promise.resolve(),
  err: () => Promise.resolve(),
  input: () => Promise.resolve(""),
  onSignal: () => () => undefined,
};

export const program: Command = buildProgram(silent, () => undefined);

export type Leaf = { readonly name: string; readonly command: Command };

/** Every command that does something, by its whole name: `token create`. */
export const leaves: readonly Leaf[] = (() => {
  const walk = (command: Command, path: readonly string[]): readonly Leaf[] =>
    command.commands.length === 0
      ? [{ name: path.join(" "), command }]
      : command.commands.flatMap((child) => walk(child, [...path, child.name()]));
  return walk(program, []);
})();

/** The long options of a command, without `--help`. */
export const optionsOf = (command: Command): readonly string[] => command.options.map(({ long }) => long ?? "");

/** A command line cut into words the way a shell does it, up to what follows the command (a pipe, `&&`, a comment). */
const wordsOf = (line: string): readonly string[] => {
  const [own = ""] = line.split(/\s(?:\||&&|;|>|2>|#)|\)/);
  return (own.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replaceAll(/["']/g, ""));
};

/** What is wrong with `lettabox …`. `whole` wants a command that would run; prose may name a part of one. */
export const complainAbout = (line: string, whole: boolean): readonly string[] => {
  let command = program;
  const rest = [...wordsOf(line)];
  for (;;) {
    const child = command.commands.find((one) => one.name() === rest[0]);
    if (!child) break;
    command = child;
    rest.shift();
  }
  const complaints: string[] = [];
  const given: string[] = [];
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? "";
    const [name = "", value] = word.split("=", 2);
    if (!word.startsWith("-")) given.push(word);
    else if (name !== "--help" && name !== "-h") {
      const option = command.options.find(({ long, short }) => long === name || short === name);
      if (!option) complaints.push(`there is no option ${name} in: lettabox ${line}`);
      else if (option.required && value === undefined) index += 1;
    }
  }
  const isGroup = command.commands.length > 0;
  if (isGroup && given.length > 0) complaints.push(`there is no command "${given[0]}" in: lettabox ${line}`);
  if (!whole || isGroup) return isGroup && whole && rest.length === 0 ? [`lettabox ${line}: does nothing`] : complaints;
  const wanted = command.registeredArguments;
  const needed = wanted.filter(({ required }) => required).length;
  if (given.length < needed) complaints.push(`lettabox ${line}: an argument is missing`);
  if (given.length > wanted.length && !wanted.some(({ variadic }) => variadic)) {
    complaints.push(`lettabox ${line}: an argument too many`);
  }
  return complaints;
};

/** Whether `npx -y bun@<version> run <script>` names our version and a script of ours. */
export const complainAboutNpx = (version: string, script: string): readonly string[] => {
  const wanted = manifest.devDependencies["bun-types"];
  return [
    ...(version === wanted ? [] : [`bun@${version} should be bun@${wanted}`]),
    ...(script in manifest.scripts ? [] : [`there is no script "${script}" in package.json`]),
  ];
};

/** All of the program's text: what it names, it knows. */
const source = [...new Glob("src/**/*.ts").scanSync(root)]
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

const settingNames = settings.flatMap(envNamesOf);

/** Names that a platform or a front end gives or reads; the program knows nothing of them. */
const platformNames = [
  "RAILWAY_PUBLIC_DOMAIN",
  "RAILWAY_RUN_UID",
  "RAILWAY_DEPLOYMENT_DRAINING_SECONDS",
  "ENABLE_FORWARD_USER_INFO_HEADERS",
];

export const knowsEnv = (name: string): boolean =>
  platformNames.includes(name) ||
  settingNames.includes(name) ||
  foreignNames.includes(name) ||
  source.includes(`"${name}"`);

/** A path of the repository or of `src`, or a file that the program names: `admin.token`, `lettabox.yaml`. */
export const knowsFile = (written: string): boolean => {
  const name = written.replace(/^(\.\/|DATA_DIR\/)/, "").replace(/\/$/, "");
  return (
    [name, `src/${name}`].some((path) => existsSync(join(root, path))) ||
    name === "dist/lettabox" ||
    source.includes(`"${name.split("/").at(-1)}"`)
  );
};
