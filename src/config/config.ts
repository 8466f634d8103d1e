/**
 * The configuration: flags > environment (with secret files and systemd credentials) > lettabox.yaml > defaults,
 * checked once, with every problem in one message. Nothing else reads any of these.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { nearestKey, settings, valueAt, type Flags } from "./names.ts";
import { schema } from "./schema.ts";
import { collect, type Env, type Sources } from "./sources.ts";
import { Fault } from "../errors.ts";
import type { LogFormat } from "../log.ts";

export type { Flags } from "./names.ts";

type Settings = z.output<typeof schema>;

export type Config = Omit<Settings, "dataDir" | "logFormat"> & {
  /** Absolute. */
  readonly dataDir: string;
  readonly logFormat: LogFormat;
  /** Where agents live: embedded demo, Letta Cloud, or a server of one's own. `letta.baseUrl` is set unless `demo`. */
  readonly upstream: "demo" | "cloud" | "self-hosted";
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
};

const cloudHost = "api.letta.com";

const isLoopback = (host: string): boolean =>
  /^(localhost|\[?(::1|(::ffff:)?127\.\d+\.\d+\.\d+)\]?)$/i.test(host.trim());

const isCloud = (url: string): boolean => URL.parse(url)?.hostname === cloudHost;

/** Who to blame for the value at a path: `PORT (environment)`, or `letta.agentIds[1] (/etc/lettabox/lettabox.yaml)`. */
const blame = ({ origins, file }: Sources, path: readonly PropertyKey[]): string => {
  const keys = path.filter((part) => typeof part === "string");
  const origin = origins.get(keys.join("."));
  if (origin !== undefined) return `${origin.name} (${origin.where})`;
  const place = path.reduce<string>(
    (before, part) => (typeof part === "number" ? `${before}[${part}]` : `${before}${before && "."}${String(part)}`),
    "",
  );
  if (file === undefined) return place;
  return place === "" ? file : `${place} (${file})`;
};

const describeIssue = (sources: Sources, issue: z.core.$ZodIssue): string[] => {
  if (issue.code !== "unrecognized_keys") return [`${blame(sources, issue.path)}: ${issue.message}`];
  return issue.keys.map((key) => {
    // What is no name may be anything, for example a key that was pasted without its name.
    if (!/^[\w-]{1,60}$/.test(key)) return `${blame(sources, issue.path)}: has a key that is no name; remove it`;
    const meant = nearestKey(issue.path, key);
    const fix = meant === undefined ? "remove it" : `did you mean ${meant}?`;
    return `${blame(sources, [...issue.path, key])}: unknown; ${fix}`;
  });
};

/** Settings that are wrong only together. Reads the raw ones, so that it can speak up beside other problems. */
const contradictions = (sources: Sources): string[] => {
  const { raw, origins } = sources;
  const isSet = (path: string) => origins.has(path) || valueAt(raw, path) !== undefined;
  const problems: string[] = [];
  const host = valueAt(raw, "host");
  if (typeof host === "string" && !isLoopback(host) && !isSet("apiKey")) {
    const fix = "set LETTABOX_API_KEY (or LETTABOX_API_KEY_FILE) to a token; make one with: openssl rand -hex 32";
    problems.push(`${blame(sources, ["host"])}: other machines could reach the API without a token; ${fix}`);
  }
  const baseUrl = valueAt(raw, "letta.baseUrl");
  if (typeof baseUrl === "string" && isCloud(baseUrl) && !isSet("letta.apiKey")) {
    const fix = "set LETTA_API_KEY (or LETTA_API_KEY_FILE)";
    problems.push(`${blame(sources, ["letta", "baseUrl"])}: Letta Cloud needs a key; ${fix}`);
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
  return file !== undefined && valueAt(raw, path) !== undefined ? file : "default";
};

const complete = (input: ConfigInput, sources: Sources, parsed: Settings): Config => {
  const fallback = defaultDataDir(input.env);
  const upstream = upstreamOf(parsed.letta);
  const named = [...parsed.letta.agentIds, ...parsed.letta.agentNames].length > 0;
  const ignored =
    named && upstream === "demo" ? ["Agents are named, but no Letta server is configured: the demo answers"] : [];
  return {
    ...parsed,
    dataDir: resolve(input.cwd, parsed.dataDir ?? fallback.path),
    logFormat: parsed.logFormat ?? (input.isTTY ? "text" : "json"),
    letta: upstream === "cloud" ? { ...parsed.letta, baseUrl: `https://${cloudHost}` } : parsed.letta,
    upstream,
    notices: [...sources.notices, ...ignored],
    sources: {
      ...Object.fromEntries(settings.map(({ path }) => [path, sourceOf(sources, path)])),
      ...(parsed.dataDir === undefined && { dataDir: fallback.source }),
    },
  };
};

/** The checked configuration. Throws one `config_invalid` whose message has a line for each problem. */
export const loadConfig = async (input: ConfigInput): Promise<Config> => {
  const sources = await collect({ readFile: (path) => readFileSync(path, "utf8"), ...input });
  // One parse does not repay Zod's compiling of the schema, which takes 3 ms of the start.
  const result = schema.safeParse(sources.raw, { jitless: true });
  const issues = result.error?.issues.flatMap((issue) => describeIssue(sources, issue)) ?? [];
  const problems = new Set([...sources.problems, ...issues, ...contradictions(sources)]);
  if (result.success && problems.size === 0) return complete(input, sources, result.data);
  throw new Fault("config_invalid", {
    message: ["The configuration is not valid:", ...problems].join("\n  "),
    hint: "Mend each of these and start again.",
  });
};
