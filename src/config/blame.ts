/** Where what is wrong was written: the name and the place to mend. */
import type { z } from "zod";
import { nearest } from "../nearest.ts";
import { valueAt, type Setting } from "./names.ts";
import { nearestKey } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { Sources } from "./sources.ts";

/** Who to blame for the value at a path: `PORT (environment)`, or `letta.agentIds[1] (/etc/lettabox/lettabox.yaml:3)`. */
export const blame = ({ origins, file }: Sources, path: readonly PropertyKey[], text: string): Problem => {
  const setting = path.filter((part) => typeof part === "string").join(".") || null;
  const line = file?.lineOf(path);
  // A group that is not in the file was made by what is set in it.
  const below = line === undefined && setting !== null ? `${setting}.` : undefined;
  const inside = [...origins].find(([other]) => below !== undefined && other.startsWith(below));
  const origin = origins.get(setting ?? "") ?? inside?.[1];
  if (origin !== undefined) return { name: origin.name, where: origin.where, setting, text };
  const place = path.reduce<string>(
    (before, part) => (typeof part === "number" ? `${before}[${part}]` : `${before}${before && "."}${String(part)}`),
    "",
  );
  if (file === undefined) return { name: place, where: null, setting, text };
  const where = line === undefined ? file.path : `${file.path}:${line}`;
  return place === "" ? { name: where, where: null, setting, text } : { name: place, where, setting, text };
};

/** The word that was meant, where there is a list of them; undefined where none is near. */
const meantWord = (sources: Sources, issue: z.core.$ZodIssue): string | undefined => {
  const written = valueAt(sources.raw, issue.path.map(String).join("."));
  if (issue.code !== "invalid_value" || typeof written !== "string") return undefined;
  return nearest(written, issue.values.map(String));
};

/** An issue of the schema as problems. */
export const problemsOf = (
  sources: Sources,
  settings: readonly Setting[],
  issue: z.core.$ZodIssue,
): readonly Problem[] => {
  if (issue.code !== "unrecognized_keys") {
    const meant = meantWord(sources, issue);
    const text = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return [blame(sources, issue.path, meant === undefined ? text : `${text}; did you mean ${meant}?`)];
  }
  return issue.keys.map((key) => {
    // What is no name may be anything, for example a key that was pasted without its name.
    if (!/^[\w-]{1,60}$/.test(key)) return blame(sources, issue.path, "has a key that is no name; remove it");
    const meant = nearestKey(settings, issue.path, key);
    return blame(
      sources,
      [...issue.path, key],
      `unknown; ${meant === undefined ? "remove it" : `did you mean ${meant}?`}`,
    );
  });
};
