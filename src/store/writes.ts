/** Every function that writes, by name: what the writer runs and what `store.write` offers. */
import {
  ensureAccount,
  ensureBot,
  forgetSecrets,
  pauseAccount,
  rememberAgents,
  resumeAccount,
  setLastRun,
} from "./accounts.ts";
import { askApproval, decideApprovals } from "./approvals.ts";
import type { Db } from "./db.ts";
import { dropDeadLetter, retryDeadLetter } from "./dead-letters.ts";
import { acceptEvent, acceptEvents } from "./inbox.ts";
import { sweep } from "./sweep.ts";
import { claimTurn, reclaimTurns } from "./lanes.ts";
import { beginBoot, writeMeta } from "./meta.ts";
import { addToOutbox, claimPart, finishPart, reclaimParts, retryPart } from "./outbox.ts";
import {
  freezePost,
  holdPost,
  recordMiss,
  recordSearch,
  renewConversation,
  replaceConversation,
  sendPostAgain,
  setConversation,
} from "./posts.ts";
import { createToken, ensureToken, revokeToken } from "./tokens.ts";
import { cancelTurn } from "./cancel.ts";
import { doubtTurn, recordRun, recordSaid, resumeTurn, retryTurn, setPreview, settleTurn } from "./turns.ts";

export const writes = {
  acceptEvent,
  acceptEvents,
  addToOutbox,
  askApproval,
  beginBoot,
  cancelTurn,
  claimPart,
  claimTurn,
  createToken,
  decideApprovals,
  doubtTurn,
  dropDeadLetter,
  ensureAccount,
  ensureBot,
  ensureToken,
  finishPart,
  forgetSecrets,
  freezePost,
  holdPost,
  pauseAccount,
  reclaimParts,
  reclaimTurns,
  recordMiss,
  recordRun,
  recordSaid,
  recordSearch,
  rememberAgents,
  renewConversation,
  replaceConversation,
  resumeAccount,
  resumeTurn,
  retryDeadLetter,
  retryPart,
  retryTurn,
  revokeToken,
  sendPostAgain,
  setConversation,
  setLastRun,
  setPreview,
  settleTurn,
  sweep,
  writeMeta,
} as const;

type Registry = typeof writes;
export type WriteName = keyof Registry;

type Arguments<Name extends WriteName> = Registry[Name] extends (db: Db, args: infer Args) => unknown ? Args : never;

/** Each write, as the rest of the program sees it: arguments in, a promise of the committed result out. */
export type Writes = {
  readonly [Name in WriteName]: (
    ...args: unknown extends Arguments<Name> ? [] : [args: Arguments<Name>]
  ) => Promise<ReturnType<Registry[Name]>>;
};
