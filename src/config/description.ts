/** The configuration as people read it: each setting with its source, secrets hidden. */
import { namedOf } from "./bots.ts";
import type { Config } from "./config.ts";
import { settings, valueAt } from "./names.ts";

type Described = {
  readonly path: string;
  /** Null where nothing is set; a secret reads "[secret]", also as JSON. */
  readonly value: unknown;
  readonly source: string;
};

export type ConfigDescription = {
  readonly upstream: Config["upstream"];
  /** The Letta server's address; null for the demo. */
  readonly server: string | null;
  /** The configuration file that was read. */
  readonly file: string | null;
  readonly settings: readonly Described[];
  readonly notices: readonly string[];
};

const describeBots = ({ bots, sources }: Config): readonly Described[] =>
  bots.flatMap((bot) =>
    Object.entries(namedOf(bot)).map(([name, value]) => {
      const path = `bots.${bot.slug}.${name}`;
      return { path, value, source: sources[path] ?? "default" };
    }),
  );

/** For `config print --json`. */
export const describeConfig = (config: Config): ConfigDescription => ({
  upstream: config.upstream,
  server: config.letta.baseUrl ?? null,
  file: config.file ?? null,
  settings: [
    ...settings.flatMap(({ path }): readonly Described[] =>
      path.startsWith("bots.")
        ? []
        : [{ path, value: valueAt(config, path) ?? null, source: config.sources[path] ?? "default" }],
    ),
    ...describeBots(config),
  ],
  notices: config.notices,
});

const isSecret = (value: unknown): boolean => typeof value === "object" && value !== null && "reveal" in value;

const line = ({ path, value, source }: Described): string => {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (items.length > 0 && items.every(isSecret)) {
    return `${path}: ${items.length > 1 ? `${items.length} ` : ""}set (from ${source})`;
  }
  if (items.length === 0) return `${path}: (none) (${source})`;
  return `${path}: ${value === null ? "(not set)" : items.map(String).join(", ")} (${source})`;
};

/** The same as lines of text, the upstream first. */
export const configLines = (description: ConfigDescription): readonly string[] => [
  `upstream: ${description.upstream}${description.server === null ? "" : ` ${description.server}`}`,
  ...description.settings.map(line),
];
