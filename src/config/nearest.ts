/** What somebody probably meant by the name of a setting that is not known. */
import { nearest } from "../nearest.ts";
import { envNamesOf, type Setting } from "./names.ts";

/** The first word of a name that is ours alone: `LETTA` of LETTA_API_KEY, but not the `LOG` of LOG_LEVEL. */
const ours = /^(LETTA|ENCRYPTION_MASTER)/;

/** The platforms' names, as those of their keys begin: `TELEGRAM_`. */
const firstWordsOfBots = (settings: readonly Setting[]): readonly string[] =>
  settings.flatMap(({ path, env }) => (path.startsWith("bots.") && env ? [env.replace(/_.*/, "_")] : []));

/** What an unknown environment name was probably meant to be; undefined for names that are other programs'. */
export const nearestEnv = (settings: readonly Setting[], name: string): string | undefined => {
  const known = settings.flatMap(envNamesOf);
  if (known.includes(name)) return undefined;
  const isOurs = ours.test(name) || firstWordsOfBots(settings).some((word) => name.startsWith(word));
  return isOurs ? nearest(name, known) : undefined;
};

const lastOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);

/** Keys that may stand in a group; of a bot, whatever its name is, the keys of any channel. */
const keysIn = (settings: readonly Setting[], parent: readonly PropertyKey[]): readonly string[] => {
  if (parent[0] === "bots" && parent.length === 2) {
    return ["channel", ...settings.flatMap(({ path }) => (path.startsWith("bots.") ? [lastOf(path)] : []))];
  }
  const prefix = parent.map((part) => `${String(part)}.`).join("");
  return settings.flatMap(({ path }) => (path.startsWith(prefix) ? path.slice(prefix.length).split(".", 1) : []));
};

/** What an unknown key of lettabox.yaml was probably meant to be, as a path: a key beside it, else the key anywhere. */
export const nearestKey = (
  settings: readonly Setting[],
  parent: readonly PropertyKey[],
  key: string,
): string | undefined => {
  const sibling = nearest(key, keysIn(settings, parent));
  if (sibling !== undefined) return [...parent.map(String), sibling].join(".");
  const named = nearest(key, settings.flatMap(envNamesOf));
  const byName = settings.find((setting) => named !== undefined && envNamesOf(setting).includes(named));
  const paths = settings.map(({ path }) => path);
  const last = nearest(key, paths.map(lastOf));
  return byName?.path ?? paths.find((path) => last !== undefined && lastOf(path) === last);
};
