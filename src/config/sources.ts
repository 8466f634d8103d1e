/** Collects the settings from wherever they were given, each with its origin, before anything is checked. */
import { join, resolve } from "node:path";
import { codeOf, readConfigFile } from "./file.ts";
import { tellForeign } from "./foreign.ts";
import { envNamesOf, type Flags, type Setting } from "./names.ts";
import { nearestEnv } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { ConfigFile } from "./yaml.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export type SourcesInput = {
  readonly flags: Partial<Flags>;
  readonly env: Env;
  readonly cwd: string;
  readonly readFile: (path: string) => string;
};

/** The name under which something was set, and where: `PORT (environment)`. */
export type Origin = { readonly name: string; readonly where: string };

export type Sources = {
  /** The settings as found, in the shape of lettabox.yaml. */
  readonly raw: unknown;
  /** The configuration file that was read, if any. */
  readonly file: { readonly path: string; readonly lineOf: ConfigFile["lineOf"] } | undefined;
  /** By path, for what did not come from the file. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
};

type Report = { readonly problems: Problem[]; readonly notices: string[] };
type Found = { readonly origin: Origin; readonly value: string | undefined };

const environment = "environment";

const flagName = (flag: string): string => `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A secret from a file; undefined, and a problem reported, when that cannot be read or is empty. */
const readSecret = (input: SourcesInput, setting: string, origin: Origin, path: string, report: Report): Found => {
  const problem = (text: string): Found => {
    report.problems.push({ ...origin, setting, text });
    return { origin, value: undefined };
  };
  try {
    const value = input.readFile(resolve(input.cwd, path)).trim();
    return value === "" ? problem(`the file ${path} is empty; put the secret into it`) : { origin, value };
  } catch (error) {
    return problem(`the file ${path} cannot be read (${codeOf(error)}); mend its path or its rights`);
  }
};

// An empty variable counts as unset: compose files and shells leave such behind.
const given = (env: Env, name: string): string | undefined => env[name]?.trim() || undefined;

const onlyOne = (names: string, setting: string): Problem => ({
  name: names,
  where: environment,
  setting,
  text: "only one of them may be set; unset the other",
});

/** The setting by one of its names. Both NAME and NAME_FILE are a contradiction. */
const byName = (input: SourcesInput, { path, secret }: Setting, name: string, report: Report): Found | undefined => {
  const value = given(input.env, name);
  const file = secret ? given(input.env, `${name}_FILE`) : undefined;
  if (value !== undefined && file !== undefined) report.problems.push(onlyOne(`${name} and ${name}_FILE`, path));
  if (file !== undefined) {
    return readSecret(input, path, { name: `${name}_FILE`, where: environment }, file, report);
  }
  return value === undefined ? undefined : { origin: { name, where: environment }, value };
};

/** Our own name first. Names of other programs give way to it; two of those that differ are a contradiction. */
const fromEnv = (input: SourcesInput, setting: Setting, report: Report): Found | undefined => {
  const { env, aliases = [], path } = setting;
  let found = env === undefined ? undefined : byName(input, setting, env, report);
  for (const alias of aliases) {
    const other = byName(input, setting, alias, report);
    if (other === undefined) continue;
    if (found === undefined) {
      found = other;
      report.notices.push(`${alias}: accepted, now ${env ?? `${path} in lettabox.yaml`}`);
    } else if (found.origin.name.replace(/_FILE$/, "") !== env && found.value !== other.value) {
      report.problems.push(onlyOne(`${found.origin.name} and ${other.origin.name}`, path));
    } else report.notices.push(`${alias}: ignored, because ${found.origin.name} is set`);
  }
  return found;
};

const fromCredential = (input: SourcesInput, { env, path, secret }: Setting, report: Report): Found | undefined => {
  const directory = given(input.env, "CREDENTIALS_DIRECTORY");
  if (!secret || env === undefined || directory === undefined) return undefined;
  const file = join(directory, env);
  try {
    input.readFile(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
  }
  return readSecret(input, path, { name: env, where: "systemd credential" }, file, report);
};

const find = (input: SourcesInput, setting: Setting, report: Report): Found | undefined => {
  const flag = setting.flag === undefined ? undefined : input.flags[setting.flag];
  if (setting.flag !== undefined && flag !== undefined) {
    return { origin: { name: flagName(setting.flag), where: "command line" }, value: flag };
  }
  return fromEnv(input, setting, report) ?? fromCredential(input, setting, report);
};

/** Puts a value at its place in the raw settings; a group that is no group is left for the check to find. */
const put = (raw: unknown, path: string, value: string): void => {
  const [key = "", ...rest] = path.split(".");
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return;
  const group = raw as Record<string, unknown>;
  if (rest.length === 0) group[key] = value;
  else put((group[key] ??= {}), rest.join("."), value);
};

/** Names in the environment that look like ours and are not, or are other programs' for what we have not got. */
const tellStrangers = ({ env }: SourcesInput, settings: readonly Setting[], report: Report): void => {
  const known = new Set(settings.flatMap(envNamesOf));
  const { ignored, foreign, refused } = tellForeign(env, (name) => known.has(name));
  report.notices.push(...ignored);
  for (const { name, text } of refused) report.problems.push({ name, where: environment, setting: null, text });
  for (const name of Object.keys(env)) {
    if (given(env, name) === undefined || foreign.has(name)) continue;
    const meant = nearestEnv(settings, name);
    if (meant === undefined) continue;
    report.problems.push({ name, where: environment, setting: null, text: `unknown; did you mean ${meant}?` });
  }
};

/** Everything that was set: flags before the environment before the file. Reports what can be told without the schema. */
export const collect = async (input: SourcesInput, settings: readonly Setting[]): Promise<Sources> => {
  const { path, lineOf, ...file } = await readConfigFile({ ...input, explicit: input.flags.config });
  const report: Report = { problems: [...file.problems], notices: [] };
  tellStrangers(input, settings, report);
  const raw = file.content;
  const origins = new Map<string, Origin>();
  for (const setting of settings) {
    const found = find(input, setting, report);
    if (found === undefined) continue;
    origins.set(setting.path, found.origin);
    if (found.value !== undefined) put(raw, setting.path, found.value);
  }
  return { raw, file: path === undefined ? undefined : { path, lineOf }, origins, ...report };
};
