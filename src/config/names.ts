/** Every setting by all its names, and the nearest known name for one that is unknown. */

/** What the command line may set; secrets are no part of it, because process arguments are public. */
export type Flags = {
  /** Path of the configuration file. */
  readonly config: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly dataDir: string | undefined;
  readonly publicUrl: string | undefined;
  readonly logLevel: string | undefined;
  readonly logFormat: string | undefined;
};

export type Setting = {
  /** Its place in the configuration and in lettabox.yaml. */
  readonly path: string;
  readonly env?: string;
  /** Names that other programs use for it; accepted, with a notice. */
  readonly aliases?: readonly string[];
  readonly flag?: keyof Flags;
  /** Secrets can also be files: `NAME_FILE`, or a systemd credential called NAME. */
  readonly secret?: true;
};

export const settings: readonly Setting[] = [
  { path: "host", env: "HOST", aliases: ["API_HOST"], flag: "host" },
  { path: "port", env: "PORT", flag: "port" },
  { path: "dataDir", env: "DATA_DIR", flag: "dataDir" },
  { path: "publicUrl", env: "PUBLIC_URL", flag: "publicUrl" },
  { path: "encryptionMasterKeys", env: "ENCRYPTION_MASTER_KEY", secret: true },
  { path: "apiKey", env: "LETTABOX_API_KEY", aliases: ["LETTABOT_API_KEY"], secret: true },
  { path: "logLevel", env: "LOG_LEVEL", aliases: ["LETTABOT_LOG_LEVEL"], flag: "logLevel" },
  { path: "logFormat", env: "LOG_FORMAT", flag: "logFormat" },
  {
    path: "letta.apiKey",
    env: "LETTA_API_KEY",
    aliases: ["LETTA_SERVER_PASSWORD", "LETTA_PASSWORD"],
    secret: true,
  },
  { path: "letta.baseUrl", env: "LETTA_BASE_URL", aliases: ["LETTA_API_URL"] },
  { path: "letta.projectId", env: "LETTA_PROJECT_ID" },
  { path: "letta.agentIds", env: "LETTA_AGENT_ID" },
  { path: "letta.agentNames", env: "LETTA_AGENT_NAME" },
  { path: "letta.background" },
  { path: "limits.messageChars" },
  { path: "limits.bodyBytes" },
  { path: "limits.runningPerChat" },
  { path: "limits.turnMs" },
  { path: "limits.patienceMs" },
  { path: "limits.drainMs" },
  { path: "limits.retentionDays.payloads" },
  { path: "limits.retentionDays.files" },
  { path: "limits.retentionDays.deadLetters" },
];

/** What stands at a setting's path, in raw settings as in checked ones. */
export const valueAt = (tree: unknown, path: string): unknown => {
  let value = tree;
  for (const key of path.split(".")) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return value;
};

const envNames: readonly string[] = settings.flatMap(({ env, aliases = [], secret }) =>
  (env === undefined ? [] : [env, ...aliases]).flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
);

const folded = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, "");

/** Edits (insert, delete, replace) between two names, where case and separators do not count: `data_dir` is `dataDir`. */
const distance = (left: string, right: string): number => {
  const [from, to] = [folded(left), folded(right)];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [index, other] of [...to].entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** The nearest of the known names, at most two edits away; undefined when none is that near. */
const nearest = (name: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = 3;
  for (const candidate of known) {
    const edits = distance(name, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
};

/** What an unknown environment name was probably meant to be; undefined for names that are other programs'. */
export const nearestEnv = (name: string): string | undefined =>
  /^(LETTA|ENCRYPTION_MASTER)/.test(name) && !envNames.includes(name) ? nearest(name, envNames) : undefined;

/** What an unknown key of lettabox.yaml was probably meant to be, as a path: a key beside it, else the key anywhere. */
export const nearestKey = (parent: readonly PropertyKey[], key: string): string | undefined => {
  const prefix = parent.map((part) => `${String(part)}.`).join("");
  const paths = settings.map(({ path }) => path);
  const beside = paths.flatMap((path) => (path.startsWith(prefix) ? path.slice(prefix.length).split(".", 1) : []));
  const sibling = nearest(key, beside);
  if (sibling !== undefined) return prefix + sibling;
  const named = nearest(key, envNames);
  const byName = settings.find(
    ({ env, aliases }) => named !== undefined && (env === named || aliases?.includes(named)),
  );
  const last = nearest(
    key,
    paths.map((path) => path.slice(path.lastIndexOf(".") + 1)),
  );
  return byName?.path ?? paths.find((path) => last !== undefined && path.endsWith(`.${last}`));
};
