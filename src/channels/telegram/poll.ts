/**
 * Long polling, for bots that the world cannot reach. Asking for what comes behind an update tells Telegram that it was
 * taken, so the cursor moves only with the commit of what lies before it.
 */
import type { Listening } from "../channel.ts";
import { asFault, Fault } from "../../errors.ts";
import type { Inbound } from "../../message.ts";
import type { Log } from "../../log.ts";
import { pause } from "../../pause.ts";
import type { TelegramApi } from "./api.ts";
import { faultFromRejection } from "./faults.ts";
import { isUpdate, type Numbered, wantedUpdates } from "./parse.ts";
import { removeWebhook } from "./webhook.ts";

/** How long Telegram holds a question that it has no answer to; it allows 50. */
const holdSeconds = 50;
const answerMs = (holdSeconds + 20) * 1_000;
/** What has nothing to say and does not hold the question either is asked again only after this. */
const idleMs = 100;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

export type PollDeps = {
  readonly api: TelegramApi;
  readonly log: Log;
  readonly read: (update: Numbered, abort: AbortSignal) => Promise<Inbound>;
};

/** Numbers begin anew somewhere else after a quiet week, so the newest is the last, not the highest ever seen. */
const behind = (updates: readonly Numbered[]): number => Math.max(...updates.map(({ update_id }) => update_id)) + 1;

export const createPoll = ({ api, log, read }: PollDeps) => {
  const fetchUpdates = async (offset: string | undefined, abort: AbortSignal): Promise<readonly Numbered[]> => {
    const place = offset !== undefined && /^\d+$/.test(offset) ? { offset: Number(offset) } : {};
    const args = { ...place, timeout: holdSeconds, limit: 100, allowed_updates: wantedUpdates };
    const { result, rejection } = await api.ask("getUpdates", args, { abort, timeoutMs: answerMs });
    if (!rejection) return result.filter(isUpdate);
    if (rejection.status !== 409) throw faultFromRejection(rejection);
    // Somebody has set a webhook since, or fetches at the same time.
    if (await removeWebhook(api, abort)) return [];
    throw new Fault("bot_contested", {
      hint: "Stop the other program, or revoke the token with @BotFather and use the new one here.",
    });
  };

  return async ({ accept, cursor, abort }: Listening): Promise<void> => {
    let at = cursor;
    let waitMs = firstRetryMs;
    while (!abort.aborted) {
      try {
        const idle = pause(idleMs, abort);
        const updates = await fetchUpdates(at, abort);
        if (updates.length === 0) await idle;
        else {
          const next = String(behind(updates));
          await accept(await Promise.all(updates.map((update) => read(update, abort))), { cursor: next });
          at = next;
        }
        waitMs = firstRetryMs;
      } catch (error) {
        if (abort.aborted) return;
        const fault = asFault(error);
        const delayMs = Math.max(waitMs, fault.retryAfterMs ?? 0);
        log.warn("telegram.poll-failed", { delayMs, fault });
        await pause(delayMs, abort);
        waitMs = Math.min(waitMs * 2, longestRetryMs);
      }
    }
  };
};
