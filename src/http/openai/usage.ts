/** What a turn took, in tokens. */
import type { Db } from "../../store/db.ts";
import { turnById, type Usage } from "../../store/turns.ts";

/** Null when the Letta server did not say. */
export const usageOf = (db: Db, turn: number): Usage | null => {
  const { promptTokens = null, completionTokens = null } = turnById(db, turn) ?? {};
  return promptTokens === null || completionTokens === null ? null : { promptTokens, completionTokens };
};
