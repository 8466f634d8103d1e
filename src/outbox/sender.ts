/** Sends what the outbox holds, one part after the other in each chat, chats beside each other. */
import type { Bot } from "../channels/channel.ts";
import { asFault, type Fault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Address, Part } from "../message.ts";
import type { OutboxRow } from "../store/outbox.ts";
import { persist } from "../store/patience.ts";
import type { Store } from "../store/store.ts";

export type SenderDeps = {
  readonly store: Store;
  readonly bots: ReadonlyMap<number, Bot>;
  readonly log: Log;
  readonly now: () => number;
};

const firstRetryMs = 1_000;
const longestRetryMs = 5 * 60_000;
const sendTimeoutMs = 60_000;

const backoff = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 12));

/** One attempt; answers the platform's id, or what went wrong. */
const attempt = async (row: OutboxRow, bot: Bot, text: string, abort: AbortSignal): Promise<string | Fault> => {
  const replaces = row.replaces === null ? {} : { replaces: row.replaces };
  const signal = AbortSignal.any([abort, AbortSignal.timeout(sendTimeoutMs)]);
  try {
    const address = JSON.parse(row.address) as Address;
    const part = JSON.parse(text) as Part;
    return (await bot.channel.send(address, part, { sendKey: row.sendKey, abort: signal, ...replaces })).id;
  } catch (error) {
    return asFault(error);
  }
};

export type Sender = {
  /** One attempt at one part; settles its row whatever happens. */
  send(row: OutboxRow, abort: AbortSignal): Promise<void>;
  /** A part whose answer nobody saw, because the process that sent it is gone. */
  doubt(row: OutboxRow): Promise<void>;
};

export const createSender = (deps: SenderDeps): Sender => {
  const { store, log, now } = deps;

  /** What became of a part has to be stored, whatever the disk says: an unsettled row would hold up its whole chat. */
  const settle = (write: () => Promise<void>, abort: AbortSignal): Promise<void> =>
    persist(
      write,
      () => abort.aborted,
      () => log.warn("outbox.storage-failed"),
    );

  const bury = (row: OutboxRow, code: string) => store.write.finishPart({ id: row.id, state: "dead", code, at: now() });

  const settleLost = (row: OutboxRow, bot: Bot, code: string): Promise<void> => {
    const { idempotentMs, copyWhenLost } = bot.channel.limits;
    const at = now();
    // The platform drops the copy itself.
    if (at - row.createdAt < idempotentMs) {
      return store.write.retryPart({ id: row.id, dueAt: at + backoff(row.attempts), code, ambiguous: false });
    }
    if (copyWhenLost && !row.ambiguous) {
      log.warn("outbox.resent", { row: row.id, bot: bot.slug });
      return store.write.retryPart({ id: row.id, dueAt: at, code, ambiguous: true });
    }
    log.warn("outbox.ambiguous", { row: row.id, bot: bot.slug });
    return store.write.finishPart({ id: row.id, state: "ambiguous", code, at });
  };

  const settleFault = (row: OutboxRow, bot: Bot, fault: Fault): Promise<void> => {
    if (fault.verdict === "uncertain") return settleLost(row, bot, fault.code);
    if (fault.verdict !== "retry") return bury(row, fault.code);
    const dueAt = now() + (fault.retryAfterMs ?? backoff(row.attempts));
    if (dueAt > row.deadlineAt) return bury(row, "send_expired");
    return store.write.retryPart({ id: row.id, dueAt, code: fault.code, ambiguous: false });
  };

  return {
    send: async (row, abort) => {
      const bot = deps.bots.get(row.botId);
      if (row.deadlineAt < now()) return settle(() => bury(row, "send_expired"), abort);
      const { part } = row;
      if (!bot || part === null) return settle(() => bury(row, "bot_missing"), abort);
      const outcome = await attempt(row, bot, part, abort);
      if (typeof outcome === "string") {
        const sent = () => store.write.finishPart({ id: row.id, state: "sent", platformId: outcome, at: now() });
        return settle(sent, abort);
      }
      // Stopping: the row stays `sending`, and the next start treats it like a lost answer.
      if (abort.aborted) return;
      log.info("outbox.send-failed", { row: row.id, bot: bot.slug, attempts: row.attempts, fault: outcome });
      return settle(() => settleFault(row, bot, outcome), abort);
    },
    doubt: async (row) => {
      const bot = deps.bots.get(row.botId);
      if (bot) return settleLost(row, bot, "send_lost");
      return store.write.finishPart({ id: row.id, state: "ambiguous", code: "send_lost", at: now() });
    },
  };
};
