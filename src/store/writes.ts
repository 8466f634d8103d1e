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
import { makeClaim } from "./claims.ts";
import { setChatSetting } from "./chat-settings.ts";
import { claimCommand } from "./commands.ts";
import { bindChat } from "./chats.ts";
import type { Db } from "./db.ts";
import { dropFiles } from "./files.ts";
import { dropDeadLetter, retryDeadLetter } from "./dead-letters.ts";
import { blockPerson, decideAdmission, revokeGrant } from "./grants.ts";
import { admitGroup, leaveGroup } from "./group-admission.ts";
import { hear } from "./heard.ts";
import { acceptEvent, acceptEvents } from "./inbox.ts";
import { sweep } from "./sweep.ts";
import { claimTurn, reclaimTurns } from "./lanes.ts";
import { acceptMessage } from "./messages.ts";
import { moveChat } from "./moves.ts";
import { beginBoot, writeMeta } from "./meta.ts";
import { adoptAgent } from "./own-agents.ts";
import { addOnce, addToOutbox, claimPart, continuePart, finishPart, reclaimParts, retryPart } from "./outbox.ts";
import {
  freezePost,
  holdPost,
  recordMiss,
  recordSearch,
  replaceConversation,
  sendPostAgain,
  setConversation,
} from "./posts.ts";
import { recordRun } from "./post-runs.ts";
import { adoptPersona, ensurePersona, forgetBlock, recordBlock, recordIdentity, writePersona } from "./personas.ts";
import { awaitAgentOf, giveAgent } from "./unknown-agent.ts";
import { createToken, ensureToken, revokeToken } from "./tokens.ts";
import { cancelTurn } from "./cancel.ts";
import { doubtTurn, recordSaid, resumeTurn, retryTurn, setPreview, settleTurn } from "./turns.ts";

export const writes = {
  acceptEvent,
  acceptEvents,
  acceptMessage,
  addOnce,
  addToOutbox,
  admitGroup,
  adoptAgent,
  adoptPersona,
  askApproval,
  awaitAgentOf,
  beginBoot,
  bindChat,
  blockPerson,
  cancelTurn,
  claimCommand,
  claimPart,
  claimTurn,
  continuePart,
  createToken,
  decideAdmission,
  decideApprovals,
  doubtTurn,
  dropDeadLetter,
  dropFiles,
  ensureAccount,
  ensureBot,
  ensurePersona,
  ensureToken,
  finishPart,
  forgetBlock,
  forgetSecrets,
  freezePost,
  giveAgent,
  hear,
  holdPost,
  leaveGroup,
  makeClaim,
  moveChat,
  pauseAccount,
  reclaimParts,
  reclaimTurns,
  recordBlock,
  recordIdentity,
  recordMiss,
  recordRun,
  recordSaid,
  recordSearch,
  rememberAgents,
  replaceConversation,
  resumeAccount,
  resumeTurn,
  retryDeadLetter,
  retryPart,
  retryTurn,
  revokeGrant,
  revokeToken,
  sendPostAgain,
  setChatSetting,
  setConversation,
  setLastRun,
  setPreview,
  settleTurn,
  sweep,
  writeMeta,
  writePersona,
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
