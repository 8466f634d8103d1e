/** Answers commands that were claimed: each once, whatever happens in between. */
import type { Bot } from "../channels/channel.ts";
import { asFault, Fault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Turn } from "../store/lanes.ts";
import type { NewPart } from "../store/outbox.ts";
import { persist } from "../store/patience.ts";
import { turnById } from "../store/turns.ts";
import { describeFault } from "../turn/conclude.ts";
import { createDelivery, createNotice } from "../turn/deliver.ts";
import { eventUuid, type LiveEvent } from "../turn/live-event.ts";
import type { Live } from "../turn/live.ts";
import type { TurnOutcome } from "../turn/states.ts";
import { answerLine } from "./answer.ts";
import type { CommandReply } from "./command.ts";
import { type ContextDeps, contextOf, lineOf, pressedOn, storedOf, talkOf } from "./context.ts";

/** With `abort`, what is not answered stays for the next start. */
export type CommandDeps = ContextDeps & {
  readonly live: Live;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly bots: ReadonlyMap<number, Bot>;
  /** Parts for this chat were committed. */
  readonly spoke: (chat: number) => void;
};

export type CommandWork = {
  /** Answers a claimed command and ends its turn; leaves it to the next start when `abort` comes first. Never throws. */
  run(turn: Turn): Promise<void>;
  /** Ends one that was interrupted too often. */
  park(turn: Turn): Promise<void>;
  /** Ends one that was called off before it was claimed. */
  endCancelled(turn: Turn): Promise<void>;
};

/** How a command ends: with an answer, with one about a failure, or without, because it was called off. */
type End = {
  readonly state: Extract<TurnOutcome, "done" | "failed" | "cancelled">;
  readonly reply?: CommandReply;
  readonly fault?: Fault;
};

/** What a reader of the turn is shown: as for any other, the words and then the result. */
const eventsOf = (turn: Turn, { state, reply, fault }: End, at: number): readonly LiveEvent[] => {
  const said = { type: "assistant", content: reply?.text ?? "", uuid: `answer-${turn.publicId}` } as const;
  const result: LiveEvent = {
    type: "result",
    success: state === "done",
    turnId: turn.publicId,
    ...(state === "done" ? { result: said.content } : { errorCode: fault?.code ?? "interrupted" }),
    ...(state === "failed" && fault ? { error: describeFault(fault) } : {}),
    ...(state === "cancelled" ? { error: "The turn was cancelled." } : {}),
    stopReason: null,
    durationMs: at - turn.createdAt,
    conversationId: null,
    runIds: [],
  };
  return reply === undefined ? [result] : [said, result];
};

export const createCommandWork = (deps: CommandDeps): CommandWork => {
  const { store, live, log, now, abort } = deps;

  /** What is said where: in the chat of the command, and in others. */
  const partsOf = (turn: Turn, answered: CommandReply, at: number): readonly NewPart[] => {
    const { also = [], inPlace = false, ...words } = answered;
    const place = { db: store.db, bots: deps.bots, now: () => at };
    const replaces = inPlace ? (pressedOn(deps, turn) ?? null) : null;
    return [
      ...createDelivery(place, turn, "answer").toParts(words, { name: "answer", replaces }),
      ...also.flatMap(
        ({ chat, reply }, index) =>
          createNotice(place, turn, chat, "message")?.toParts(reply, {
            name: `also-${chat}-${index}`,
            tag: `n${index}.`,
          }) ?? [],
      ),
    ];
  };

  const settle = async (turn: Turn, end: End, ifQueued = false): Promise<void> => {
    const { state, reply, fault } = end;
    const at = now();
    const events = eventsOf(turn, end, at).map((event, index) => ({
      seq: index + 1,
      uuid: eventUuid(event),
      body: JSON.stringify(event),
    }));
    const settlement = {
      turn: turn.id,
      at,
      state,
      ifQueued,
      response: reply?.text ?? "",
      events,
      parts: reply ? partsOf(turn, reply, at) : [],
      ...(fault ? { errorCode: fault.code, errorText: describeFault(fault) } : {}),
    };
    const settled = await persist(
      () => store.write.settleTurn(settlement),
      () => abort.aborted,
      () => log.warn("command.storage-failed", { turn: turn.publicId }),
    );
    if (!settled) return;
    live.stir(turn.id);
    for (const chat of new Set([turn.chatId, ...settlement.parts.map(({ chatId }) => chatId)])) deps.spoke(chat);
    const about = { turn: turn.publicId, ms: at - turn.createdAt };
    deps.metrics.ended({ trigger: turn.trigger, outcome: state, code: fault?.code, ms: about.ms });
    if (fault) log.warn("command.failed", { ...about, fault });
    else log.info("command.ended", { ...about, state });
  };

  const fail = (turn: Turn, fault: Fault): Promise<void> => {
    const reply = { text: `\`/${storedOf(turn).name}\` failed. ${describeFault(fault)}` };
    return settle(turn, { state: "failed", reply, fault });
  };

  const answer = async (turn: Turn): Promise<void> => {
    // Read now, not when it was claimed: a stop in between must not be missed.
    if (turnById(store.db, turn.id)?.cancelAt != null) return settle(turn, { state: "cancelled" });
    if (!deps.bots.has(turn.botId)) return fail(turn, new Fault("bot_missing"));
    let reply: CommandReply;
    try {
      reply = await answerLine(lineOf(deps, turn), contextOf(deps, turn), talkOf(deps, turn));
    } catch (error) {
      // Stopping: the row stays as it is, and the next start asks again.
      return abort.aborted ? undefined : fail(turn, asFault(error));
    }
    return settle(turn, { state: "done", reply });
  };

  /** What fails here stays leased, and comes back with the next start. */
  const within = (turn: Turn, work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => log.error("command.unsettled", { turn: turn.publicId, fault: asFault(error) }));

  return {
    run: (turn) => within(turn, answer(turn)),
    park: (turn) => within(turn, fail(turn, new Fault("turn_parked"))),
    endCancelled: (turn) => within(turn, settle(turn, { state: "cancelled" }, true)),
  };
};
