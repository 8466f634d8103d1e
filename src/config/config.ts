/**
 * The configuration: flags > environment (with secret files) > systemd credentials > lettabox.yaml > defaults, checked
 * once, with every problem in one message. Nothing else reads any of these.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ChannelDeclaration } from "../channels/declaration.ts";
import { declarations } from "../channels/registry.ts";
import { Fault } from "../errors.ts";
import type { LogFormat } from "../log.ts";
import { blame, problemsOf } from "./blame.ts";
import { incompleteBots, namedOf } from "./bots.ts";
import { isLoopback } from "./kinds.ts";
import { type Flags, type Setting, settings as ownSettings, settingsOf, valueAt } from "./names.ts";
import { type Problem, problemLine } from "./problem.ts";
import { schema as ownSchema, schemaFor, type Settings } from "./schema.ts";
import { collect, type Env, type Sources } from "./sources.ts";

export type { Flags } from "./names.ts";

export type Config = Omit<Settings, "dataDir" | "logFormat" | "bots"> & {
  /** Absolute. */
  readonly dataDir: string;
  readonly logFormat: LogFormat;
  readonly bots: NonNullable<Settings["bots"]>;
  /** Where agents live: embedded demo, Letta Cloud, or a server of one's own. `letta.baseUrl` is set unless `demo`. */
  readonly upstream: "demo" | "cloud" | "self-hosted";
  /** Path of the configuration file that was read, if any. */
  readonly file: string | undefined;
  /** What the operator should know but need not act on, for example names that have changed. */
  readonly notices: readonly string[];
  /** Where each setting came from, by its path, for example `environment PORT`. */
  readonly sources: Readonly<Record<string, string>>;
};

export type ConfigInput = {
  readonly flags: Partial<Flags>;
  readonly env: Env;
  readonly cwd: string;
  /** Whether standard output is a terminal: chooses the default log format. */
  readonly isTTY?: boolean;
  readonly readFile?: (path: string) => string;
  /** The channels that can be configured; those of the registry where none are given. */
  readonly channels?: Readonly<Record<string, ChannelDeclaration>>;
};

const cloudHost = "api.letta.com";

const isCloud = (url: string): boolean => URL.parse(url)?.hostname === cloudHost;

/** Settings that are wrong only together. Reads the raw ones, so that it can speak up beside other problems. */
const contradictions = (sources: Sources, channels: NonNullable<ConfigInput["channels"]>): readonly Problem[] => {
  const { raw, origins } = sources;
  const isSet = (path: string) => origins.has(path) || valueAt(raw, path) !== undefined;
  const problems: Problem[] = [];
  const host = valueAt(raw, "host");
  if (typeof host === "string" && !isLoopback(host) && !isSet("apiKey")) {
    const fix = "set LETTABOX_API_KEY (or LETTABOX_API_KEY_FILE) to a token; make one with: openssl rand -hex 32";
    problems.push(blame(sources, ["host"], `other machines could reach the API without a token; ${fix}`));
  }
  const baseUrl = valueAt(raw, "letta.baseUrl");
  if (typeof baseUrl === "string" && isCloud(baseUrl) && !isSet("letta.apiKey")) {
    const fix = "set LETTA_API_KEY (or LETTA_API_KEY_FILE)";
    problems.push(blame(sources, ["letta", "baseUrl"], `Letta Cloud needs a key; ${fix}`));
  }
  for (const { slug, text } of incompleteBots(channels, valueAt(raw, "bots"), isSet)) {
    problems.push(blame(sources, ["bots", slug], text));
  }
  return problems;
};

/** systemd, Railway and XDG say where data belongs; without any of them, and without a home, it stays here. */
const defaultDataDir = (env: Env): { readonly path: string; readonly source: string } => {
  const places: readonly (readonly [name: string, path: string | undefined])[] = [
    ["STATE_DIRECTORY", env["STATE_DIRECTORY"]?.split(":")[0]],
    ["RAILWAY_VOLUME_MOUNT_PATH", env["RAILWAY_VOLUME_MOUNT_PATH"]],
    ["XDG_DATA_HOME", env["XDG_DATA_HOME"] && join(env["XDG_DATA_HOME"], "lettabox")],
    ["HOME", env["HOME"] && join(env["HOME"], ".local", "share", "lettabox")],
  ];
  for (const [name, path] of places) if (path) return { path, source: `default, from ${name}` };
  return { path: ".lettabox", source: "default" };
};

const upstreamOf = ({ apiKey, baseUrl }: Settings["letta"]): Config["upstream"] => {
  if (baseUrl !== undefined) return isCloud(baseUrl) ? "cloud" : "self-hosted";
  return apiKey === undefined ? "demo" : "cloud";
};

const sourceOf = ({ origins, raw, file }: Sources, path: string): string => {
  const origin = origins.get(path);
  if (origin !== undefined) return `${origin.where} ${origin.name}`;
  return file !== undefined && valueAt(raw, path) !== undefined ? file.path : "default";
};

/** The paths of everything that may be set, the keys of bots with names of their own included. */
const pathsOf = (settings: readonly Setting[], bots: Config["bots"]): readonly string[] => [
  ...settings.map(({ path }) => path),
  ...bots.flatMap((bot) => Object.keys(namedOf(bot)).map((name) => `bots.${bot.slug}.${name}`)),
];

const complete = (
  input: ConfigInput,
  sources: Sources,
  settings: readonly Setting[],
  { bots = [], ...parsed }: Settings,
): Config => {
  const fallback = defaultDataDir(input.env);
  const upstream = upstreamOf(parsed.letta);
  const named = [...parsed.letta.agentIds, ...parsed.letta.agentNames].length > 0;
  const ignored =
    named && upstream === "demo" ? ["Agents are named, but no Letta server is configured: the demo answers"] : [];
  // Nothing is wrong with a bot that only its operators use; it is said in case that names were forgotten.
  const alone = bots
    .filter(({ access: { access, allow } }) => access === "allowlist" && allow.length === 0)
    .map(
      ({ slug }) => `bots.${slug}: access is allowlist and allow names nobody, so only its operators may talk to it`,
    );
  return {
    ...parsed,
    bots,
    dataDir: resolve(input.cwd, parsed.dataDir ?? fallback.path),
    logFormat: parsed.logFormat ?? (input.isTTY ? "text" : "json"),
    letta: upstream === "cloud" ? { ...parsed.letta, baseUrl: `https://${cloudHost}` } : parsed.letta,
    upstream,
    file: sources.file?.path,
    notices: [...sources.notices, ...ignored, ...alone],
    sources: {
      ...Object.fromEntries(pathsOf(settings, bots).map((path) => [path, sourceOf(sources, path)])),
      ...(parsed.dataDir === undefined && { dataDir: fallback.source }),
    },
  };
};

/** The configuration, or everything that is wrong with it. */
export type Checked = { readonly config: Config } | { readonly problems: readonly [Problem, ...Problem[]] };

/** Collects and checks. */
export const checkConfig = async (input: ConfigInput): Promise<Checked> => {
  const { channels = declarations } = input;
  const schema = input.channels ? schemaFor(channels) : ownSchema;
  const settings = input.channels ? settingsOf(schema, channels) : ownSettings;
  const sources = await collect({ readFile: (path) => readFileSync(path, "utf8"), ...input }, settings);
  // One parse does not repay Zod's compiling of the schema, which takes 3 ms of the start.
  const result = schema.safeParse(sources.raw, { jitless: true });
  const issues = result.error?.issues.flatMap((issue) => problemsOf(sources, settings, issue)) ?? [];
  const all = [...sources.problems, ...issues, ...contradictions(sources, channels)];
  // An item of a list that comes from one variable is told once, not once per item.
  const [first, ...others] = new Map(all.map((problem) => [problemLine(problem), problem])).values();
  if (first !== undefined) return { problems: [first, ...others] };
  if (!result.success) throw new Fault("config_invalid");
  return { config: complete(input, sources, settings, result.data) };
};

/** The checked configuration. Throws one `config_invalid` whose message has a line for each problem. */
export const loadConfig = async (input: ConfigInput): Promise<Config> => {
  const checked = await checkConfig(input);
  if ("config" in checked) return checked.config;
  throw new Fault("config_invalid", {
    message: ["The configuration is not valid:", ...checked.problems.map(problemLine)].join("\n  "),
    hint: "Mend each of these and start again.",
  });
};
