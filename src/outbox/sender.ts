/** Sends what the outbox holds, one part after the other in each chat, chats beside each other. */
import type { Bot } from "../channels/channel.ts";
import { asFault, Fault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Address, Part, Sent } from "../message.ts";
import type { Metrics, SendOutcome } from "../metrics/metrics.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { persist } from "../store/patience.ts";
import type { Store } from "../store/store.ts";
import { createPacedParts } from "./paced.ts";

export type SenderDeps = {
  readonly store: Store;
  readonly bots: ReadonlyMap<number, Bot>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** A chat's next part may go now: it had to wait for the platform's pace, or is about to be stored. */
  readonly poke: (chat: number) => void;
};

const firstRetryMs = 1_000;
const longestRetryMs = 5 * 60_000;
const sendTimeoutMs = 60_000;

const backoff = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 12));

/** What the platform has not got yet of a row: most often the part, as it was stored. Nothing when that was pruned. */
const leftOf = ({ part, rest }: OutboxRow): readonly Part[] => {
  if (rest !== null) return JSON.parse(rest) as readonly Part[];
  return part === null ? [] : [JSON.parse(part) as Part];
};

/** One attempt; answers what the platform took, or what went wrong. */
const attempt = async (row: OutboxRow, bot: Bot, part: Part, abort: AbortSignal): Promise<Sent | Fault> => {
  const replaces = row.replaces === null ? {} : { replaces: row.replaces };
  const signal = AbortSignal.any([abort, AbortSignal.timeout(sendTimeoutMs)]);
  const sendKey = row.said === 0 ? row.sendKey : `${row.sendKey}+${row.said}`;
  try {
    return await bot.channel.send(JSON.parse(row.address) as Address, part, { sendKey, abort: signal, ...replaces });
  } catch (error) {
    return asFault(error);
  }
};

export type Sender = {
  /** The next part of a chat that is due and may go. */
  claim(chat: number, abort: AbortSignal): Promise<OutboxRow | null>;
  /** Parts of this chat are about to be committed: the first is claimed with them. */
  expect(chat: number): void;
  /** One attempt at one part; settles its row whatever happens. */
  send(row: OutboxRow, abort: AbortSignal): Promise<void>;
  /** A part whose answer nobody saw, because the process that sent it is gone. */
  doubt(row: OutboxRow): Promise<void>;
};

export const createSender = (deps: SenderDeps): Sender => {
  const { store, log, metrics, now } = deps;
  const paced = createPacedParts(deps);

  /** What became of a part has to be stored, whatever the disk says: an unsettled row would hold up its whole chat. */
  const settle = (write: () => Promise<void>, abort: AbortSignal): Promise<void> =>
    persist(
      write,
      () => abort.aborted,
      () => log.warn("outbox.storage-failed"),
    );

  /** What became of a part counts once it is stored. */
  const count = async (row: OutboxRow, outcome: SendOutcome, written: Promise<void>): Promise<void> => {
    await written;
    metrics.settled(deps.bots.get(row.botId)?.slug ?? "gone", outcome);
  };

  const bury = (row: OutboxRow, code: string) =>
    count(row, "dead", store.write.finishPart({ id: row.id, state: "dead", code, at: now() }));

  const retry = (row: OutboxRow, outcome: "retried" | "copied", dueAt: number, code: string) =>
    count(row, outcome, store.write.retryPart({ id: row.id, dueAt, code, ambiguous: outcome === "copied" }));

  const settleTaken = (row: OutboxRow, taken: Sent, after: readonly Part[]): Promise<void> => {
    const rest = [...(taken.rest ?? []), ...after];
    const end = { id: row.id, platformId: taken.id, at: now() };
    if (rest.length > 0) return store.write.continuePart({ ...end, rest: JSON.stringify(rest) });
    return count(row, "sent", store.write.finishPart({ ...end, state: "sent" }));
  };

  const giveUpLost = (row: OutboxRow, code: string) =>
    count(row, "ambiguous", store.write.finishPart({ id: row.id, state: "ambiguous", code, at: now() }));

  const settleLost = (row: OutboxRow, bot: Bot, code: string): Promise<void> => {
    const { idempotentMs, copyWhenLost } = bot.channel.limits;
    const at = now();
    // The platform drops the copy itself.
    if (at - row.createdAt < idempotentMs) {
      return retry(row, "retried", at + backoff(row.attempts), code);
    }
    if (copyWhenLost && !row.copied) {
      log.warn("outbox.resent", { row: row.id, bot: bot.slug });
      return retry(row, "copied", at, code);
    }
    log.warn("outbox.ambiguous", { row: row.id, bot: bot.slug });
    return giveUpLost(row, code);
  };

  /** The chat goes on elsewhere: all that waits for it goes there, this part at once. */
  const settleMoved = async (row: OutboxRow, to: string): Promise<void> => {
    log.info("outbox.chat-moved", { row: row.id });
    await store.write.moveChat({ chat: row.chatId, to });
    // One that is sent from address to address in a circle comes to its end by backoff.
    await retry(row, "retried", now() + (row.attempts < 3 ? 0 : backoff(row.attempts)), "send_moved");
  };

  const settleFault = (row: OutboxRow, bot: Bot, fault: Fault): Promise<void> => {
    if (fault.movedTo !== undefined && row.deadlineAt > now()) return settleMoved(row, fault.movedTo);
    if (fault.verdict === "uncertain") return settleLost(row, bot, fault.code);
    if (fault.verdict !== "retry") return bury(row, fault.code);
    const waitMs = fault.retryAfterMs ?? backoff(row.attempts);
    if (fault.code === "send_limited") paced.limited(row.chatId, waitMs);
    const dueAt = now() + waitMs;
    if (dueAt > row.deadlineAt) return bury(row, "send_expired");
    return retry(row, "retried", dueAt, fault.code);
  };

  return {
    claim: paced.claim,
    expect: paced.expect,
    send: async (row, abort) => {
      const bot = deps.bots.get(row.botId);
      if (row.deadlineAt < now()) return settle(() => bury(row, "send_expired"), abort);
      const [part, ...after] = leftOf(row);
      if (!bot || !part) return settle(() => bury(row, "bot_missing"), abort);
      const startedAt = now();
      const outcome = await attempt(row, bot, part, abort);
      metrics.attempted(bot.slug, now() - startedAt);
      if (!(outcome instanceof Fault)) return settle(() => settleTaken(row, outcome, after), abort);
      // Stopping: the row stays `sending`, and the next start treats it like a lost answer.
      if (abort.aborted) return;
      log.info("outbox.send-failed", { row: row.id, bot: bot.slug, attempts: row.attempts, fault: outcome });
      return settle(() => settleFault(row, bot, outcome), abort);
    },
    doubt: async (row) => {
      const bot = deps.bots.get(row.botId);
      if (bot) return settleLost(row, bot, "send_lost");
      return giveUpLost(row, "send_lost");
    },
  };
};
