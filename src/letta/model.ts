import type { Json } from "./wire.ts";
import { asText } from "./wire.ts";

/** Families of capable models, best first; of one family the newest plain name is taken. */
const families: readonly RegExp[] = [
  /^letta\/auto$/,
  /\bclaude-sonnet-[\d-]+$/,
  /\/gpt-[\d.]+$/,
  /\bgemini-[\d.]+-pro$/,
  /\bgemini-[\d.]+-flash$/,
];

/** Listed by every server, even by one that cannot reach it. */
const lastResort = "letta/letta-free";

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** The handle of the model that a new agent gets, from a listing of models; nothing when there is none. */
export const chooseModel = (models: readonly Json[]): string | undefined => {
  const handles = models
    .filter((model) => (model["model_type"] ?? "llm") === "llm")
    .flatMap((model) => asText(model["handle"]) ?? []);
  const usable = handles.filter((handle) => handle !== lastResort);
  for (const family of families) {
    const newest = usable
      .filter((handle) => family.test(handle))
      .toSorted(byName)
      .at(-1);
    if (newest) return newest;
  }
  return usable[0] ?? handles[0];
};
