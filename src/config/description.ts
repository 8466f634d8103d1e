/** The configuration as people read it: each setting with its source, secrets hidden. */
import { settings, valueAt } from "./names.ts";
import type { Config } from "./config.ts";

export type ConfigDescription = {
  readonly upstream: Config["upstream"];
  /** The Letta server's address; null for the demo. */
  readonly server: string | null;
  /** Values are null where nothing is set; secrets read "[secret]", also as JSON. */
  readonly settings: readonly { readonly path: string; readonly value: unknown; readonly source: string }[];
  readonly notices: readonly string[];
};

/** For `config print --json` and `config validate --json`. */
export const describeConfig = (config: Config): ConfigDescription => ({
  upstream: config.upstream,
  server: config.letta.baseUrl ?? null,
  settings: settings.map(({ path }) => ({
    path,
    value: valueAt(config, path) ?? null,
    source: config.sources[path] ?? "default",
  })),
  notices: config.notices,
});

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.map(String).join(", ");
  return value === null ? "(not set)" : String(value);
};

/** The same as lines of text, the upstream first. */
export const configLines = (description: ConfigDescription): readonly string[] => [
  `upstream: ${description.upstream}${description.server === null ? "" : ` ${description.server}`}`,
  ...description.settings.map(({ path, value, source }) => `${path}: ${shown(value)} (${source})`),
  ...description.notices,
];
