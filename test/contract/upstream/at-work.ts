/** Meeting a run while it is at work: a busy machine may be too late for that, which says nothing about the server. */
import type { Stage } from "./stage.ts";

const mostAttempts = 10;

/** Tries until an attempt was in time; one that came too late, and has cleaned up behind itself, answers undefined. */
export const met = async <T>(attempt: () => Promise<T | undefined>): Promise<T> => {
  for (let left = mostAttempts; left > 0; left--) {
    const found = await attempt();
    if (found !== undefined) return found;
  }
  throw new Error("Every run was over before it was met.");
};

export const isAtWork = async (stage: Stage, run: string): Promise<boolean> =>
  (await stage.sdk.runs.retrieve(run)).status === "running";
