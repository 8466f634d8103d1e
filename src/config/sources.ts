/** Collects the settings from wherever they were given, each with its origin, before anything is checked. */
import { join, resolve } from "node:path";
import { codeOf, readConfigFile } from "./file.ts";
import { nearestEnv, settings, type Flags, type Setting } from "./names.ts";

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
  /** Path of the configuration file that was read, if any. */
  readonly file: string | undefined;
  /** By path, for what did not come from the file. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly string[];
  readonly notices: readonly string[];
};

type Report = { readonly problems: string[]; readonly notices: string[] };
type Found = { readonly origin: Origin; readonly value: string | undefined };

const flagName = (flag: string): string => `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A secret from a file; undefined, and a problem reported, when that cannot be read or is empty. */
const readSecret = (input: SourcesInput, origin: Origin, path: string, report: Report): Found => {
  const problem = (text: string): Found => {
    report.problems.push(`${origin.name} (${origin.where}): ${text}`);
    return { origin, value: undefined };
  };
  try {
    const value = input.readFile(resolve(input.cwd, path)).trim();
    return value === "" ? problem(`the file ${path} is empty`) : { origin, value };
  } catch (error) {
    return problem(`the file ${path} cannot be read (${codeOf(error)})`);
  }
};

// An empty variable counts as unset: compose files and shells leave such behind.
const given = (env: Env, name: string): string | undefined => env[name]?.trim() || undefined;

const fromEnv = (input: SourcesInput, { env, aliases = [], secret }: Setting, report: Report): Found | undefined => {
  let found: Found | undefined;
  for (const name of env === undefined ? [] : [env, ...aliases]) {
    const value = given(input.env, name);
    const file = secret ? given(input.env, `${name}_FILE`) : undefined;
    if (value === undefined && file === undefined) continue;
    if (found !== undefined) {
      report.notices.push(`${name}: ignored, because ${found.origin.name} is set`);
      continue;
    }
    if (name !== env) report.notices.push(`${name}: accepted, now ${env}`);
    if (value !== undefined && file !== undefined) {
      report.problems.push(`${name} and ${name}_FILE (environment): only one of them may be set; unset the other`);
    }
    found =
      file === undefined
        ? { origin: { name, where: "environment" }, value }
        : readSecret(input, { name: `${name}_FILE`, where: "environment" }, file, report);
  }
  return found;
};

const fromCredential = (input: SourcesInput, { env, secret }: Setting, report: Report): Found | undefined => {
  const directory = given(input.env, "CREDENTIALS_DIRECTORY");
  if (!secret || env === undefined || directory === undefined) return undefined;
  const path = join(directory, env);
  try {
    input.readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
  }
  return readSecret(input, { name: env, where: "systemd credential" }, path, report);
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

/** Everything that was set: flags before the environment before the file. Reports what can be told without the schema. */
export const collect = async (input: SourcesInput): Promise<Sources> => {
  const file = await readConfigFile({ ...input, explicit: input.flags.config });
  const report: Report = { problems: [...file.problems], notices: [] };
  for (const name of Object.keys(input.env)) {
    const meant = given(input.env, name) === undefined ? undefined : nearestEnv(name);
    if (meant !== undefined) report.problems.push(`${name} (environment): unknown; did you mean ${meant}?`);
  }
  const raw = file.content;
  const origins = new Map<string, Origin>();
  for (const setting of settings) {
    const found = find(input, setting, report);
    if (found === undefined) continue;
    origins.set(setting.path, found.origin);
    if (found.value !== undefined) put(raw, setting.path, found.value);
  }
  return { raw, file: file.path, origins, ...report };
};
