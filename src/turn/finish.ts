/** The ways out of `running`: the end of a turn, a later attempt, a paused account. */
import { asFault, catalogue, Fault } from "../errors.ts";
import type { NewTurnEvent, Said } from "../store/turns.ts";
import { conversationById } from "../store/posts.ts";
import { type Conclusion, describeFault, unheard } from "./conclude.ts";
import { eventUuid, type LiveEvent } from "./live-event.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

/** When a chat's user is told that their message is kept and waits. */
const tellAfterMs = 30_000;
const longestRetryMs = 30_000;

const storeEvent = (session: Session, event: LiveEvent): NewTurnEvent => {
  session.seq += 1;
  return { seq: session.seq, uuid: eventUuid(event), body: JSON.stringify(event) };
};

/** Something lettabox itself says in the chat. */
export const noticeParts = (session: Session, text: string, name: string) =>
  session.delivery.toParts({ text }, { name, replaces: session.previewId });

/** A preview that became no part must not stay in the chat. Best effort: at worst it stands there unfinished. */
const removePreview = async (deps: EngineDeps, session: Session): Promise<void> => {
  const { bot, address } = session.delivery;
  const left = session.previewId;
  if (left === null || !bot?.channel.remove) return;
  session.previewId = null;
  try {
    await bot.channel.remove(address, left, AbortSignal.timeout(5_000));
  } catch (error) {
    deps.log.info("turn.preview-left", { turn: session.turn.publicId, bot: bot.slug, code: asFault(error).code });
  }
};

/** Ends the turn: whole text, final events and, for a chat, the words about a failure, in one transaction. */
export const finishTurn = async (
  deps: EngineDeps,
  session: Session,
  conclusion: Conclusion,
  { ifQueued = false }: { readonly ifQueued?: boolean } = {},
): Promise<void> => {
  const { turn } = session;
  const { state, stopReason, note, fault } = turn.muted ? unheard(conclusion) : conclusion;
  const at = deps.now();
  if (note !== undefined) session.texts.push(note);
  const response = session.texts.join("\n\n");
  const errorText = fault === undefined ? undefined : describeFault(fault);
  const events: NewTurnEvent[] = [];
  if (note !== undefined) {
    events.push(storeEvent(session, { type: "assistant", content: note, uuid: `note-${turn.publicId}` }));
  }
  if (fault !== undefined && errorText !== undefined) {
    const runId = fault.runId === undefined ? {} : { runId: fault.runId };
    events.push(
      storeEvent(session, {
        type: "error",
        message: errorText,
        errorCode: fault.code,
        stopReason: stopReason ?? null,
        ...runId,
      }),
    );
  }
  events.push(
    storeEvent(session, {
      type: "result",
      success: state === "done" || state === "silent",
      turnId: turn.publicId,
      ...(fault === undefined ? { result: response } : { errorCode: fault.code }),
      ...(errorText === undefined ? {} : { error: errorText }),
      ...(state === "cancelled" ? { error: "The turn was cancelled.", errorCode: "interrupted" } : {}),
      stopReason: stopReason ?? null,
      durationMs: at - turn.createdAt,
      conversationId: turn.conversationId === null ? null : upstreamConversation(deps, turn.conversationId),
      runIds: session.runIds,
    }),
  );
  const told = note ?? errorText;
  const parts = told === undefined ? [] : noticeParts(session, told, "end");
  if (parts.length > 0) session.previewId = null;
  const settled = await durably(deps, session, () =>
    deps.store.write.settleTurn({
      turn: turn.id,
      at,
      ifQueued,
      state,
      response,
      events,
      parts,
      ...(stopReason === undefined ? {} : { stopReason }),
      ...(session.usage === null ? {} : { usage: session.usage }),
      ...(fault === undefined || errorText === undefined ? {} : { errorCode: fault.code, errorText }),
    }),
  );
  if (!settled) return;
  deps.live.stir(turn.id);
  if (parts.length > 0) deps.spoke(turn.chatId);
  await removePreview(deps, session);
  const took = { ms: at - turn.createdAt, attempts: turn.attempts };
  deps.metrics.ended({ trigger: turn.trigger, outcome: state, code: fault?.code, ms: took.ms });
  if (fault === undefined) deps.log.info("turn.ended", { turn: turn.publicId, state, ...took });
  else deps.log.warn("turn.failed", { turn: turn.publicId, ...took, fault });
};

const upstreamConversation = (deps: EngineDeps, id: number): string | null =>
  conversationById(deps.store.db, id)?.upstreamId ?? null;

const backoff = (firstRetryMs: number, attempts: number): number => {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 10));
  return ceiling * (0.75 + Math.random() / 4);
};

/** Puts the turn back into its place, to be tried again; or ends it when patience is over. */
export const retryLater = async (deps: EngineDeps, session: Session, fault: Fault): Promise<void> => {
  const { turn } = session;
  const at = deps.now();
  const retryUntil = turn.retryUntil ?? at + deps.limits.patienceMs;
  // A server may ask for more patience than ours, not for less: "at once", said each time, would be a busy loop.
  const delayMs = Math.round(Math.max(fault.retryAfterMs ?? 0, backoff(deps.limits.retryMs, turn.attempts)));
  if (at + delayMs > retryUntil) {
    const message = `${catalogue.turn_expired.text} The last reason: ${describeFault(fault)}`;
    return finishTurn(deps, session, { state: "failed", fault: new Fault("turn_expired", { message, cause: fault }) });
  }
  const waitedMs = at - (retryUntil - deps.limits.patienceMs);
  const tell = turn.toldAt === null && waitedMs >= tellAfterMs;
  const event = storeEvent(session, { type: "retry", reason: fault.code, attempt: turn.attempts, delayMs });
  const said: Said = {
    events: [event],
    parts: tell
      ? noticeParts(session, `${fault.message} Your message is kept and will be answered.`, `wait-${turn.attempts}`)
      : [],
  };
  await durably(deps, session, () =>
    deps.store.write.retryTurn({ turn: turn.id, dueAt: at + delayMs, retryUntil, said, told: tell, at }),
  );
  deps.live.stir(turn.id);
  if (said.parts.length > 0) deps.spoke(turn.chatId);
  deps.metrics.retried(fault.code);
  deps.log.info("turn.retry", { turn: turn.publicId, attempts: turn.attempts, delayMs, fault });
};

/**
 * The server rejected the account. A caller of the API hears at once; a chat's messages wait for the owner to mend the
 * key, and the one whose message noticed is told.
 */
export const rejectAccount = async (deps: EngineDeps, session: Session, fault: Fault): Promise<void> => {
  const { turn } = session;
  if (turn.trigger === "api") return finishTurn(deps, session, { state: "failed", fault });
  const at = deps.now();
  const first = await durably(deps, session, () =>
    deps.store.write.pauseAccount({ account: turn.accountId, code: fault.code, at }),
  );
  const parts = first
    ? noticeParts(session, `${fault.message} Messages are kept until that is mended.`, `paused-${turn.attempts}`)
    : [];
  await durably(deps, session, () =>
    deps.store.write.retryTurn({
      turn: turn.id,
      dueAt: at,
      retryUntil: null,
      said: { events: [], parts },
      told: false,
      at,
    }),
  );
  if (parts.length > 0) deps.spoke(turn.chatId);
  deps.log.warn("account.paused", { account: turn.accountId, fault });
};
