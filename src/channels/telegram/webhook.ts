/** Delivery by webhook: Telegram is told the address, and reminded when somebody or something else changed it. */
import type { WebhookInfo } from "grammy/types";
import type { Log } from "../../log.ts";
import { pause } from "../../pause.ts";
import type { TelegramApi } from "./api.ts";
import { faultFromRejection, type Rejection } from "./faults.ts";
import { wantedUpdates } from "./parse.ts";

const maxConnections = 40;
const watchMs = 3 * 60_000;

type WebhookDeps = {
  readonly api: TelegramApi;
  readonly url: string;
  readonly secret: string;
  readonly log: Log;
};

const isAsWanted = (info: WebhookInfo, url: string): boolean =>
  info.url === url &&
  info.max_connections === maxConnections &&
  [...(info.allowed_updates ?? [])].toSorted().join() === wantedUpdates.toSorted().join();

/** Whoever deletes a webhook loses nothing: what came meanwhile stays in Telegram's queue for either way. */
export const removeWebhook = async (api: TelegramApi, abort: AbortSignal): Promise<boolean> => {
  const { result, rejection } = await api.ask("getWebhookInfo", {}, { abort });
  // Where the question is not known, it is deleted unasked.
  if (rejection && rejection.status !== 404) throw faultFromRejection(rejection);
  const { url } = result ?? {};
  if (url !== "") await api.call("deleteWebhook", { drop_pending_updates: false }, { abort });
  return url !== undefined && url !== "";
};

/** The status that our own address, or what stands before it, answered with; it is all that is told of an error. */
const statusIn = (message: string): number | undefined => {
  const [status] = /\b[1-5]\d\d\b/.exec(message) ?? [];
  return status === undefined ? undefined : Number(status);
};

export const createWebhook = ({ api, url, secret, log }: WebhookDeps) => {
  /** Telegram does not tell which secret it has, so the first time it is told whatever it says. */
  let wasTold = false;
  let lastErrorAt = 0;

  const tell = async (abort: AbortSignal): Promise<Rejection | undefined> => {
    const settings = {
      url,
      secret_token: secret,
      max_connections: maxConnections,
      allowed_updates: wantedUpdates,
      drop_pending_updates: false,
    };
    const { rejection } = await api.ask("setWebhook", settings, { abort });
    if (!rejection) wasTold = true;
    return rejection;
  };

  const report = ({
    last_error_date: at = 0,
    last_error_message: message = "",
    pending_update_count: count,
  }: WebhookInfo) => {
    if (at <= lastErrorAt) return;
    lastErrorAt = at;
    log.warn("telegram.webhook-failing", { status: statusIn(message) ?? 0, count });
  };

  return {
    /** Answers why Telegram does not take the address, if it does not. */
    install: async (abort: AbortSignal): Promise<Rejection | undefined> => {
      const info = await api.call("getWebhookInfo", {}, { abort });
      lastErrorAt = info.last_error_date ?? 0;
      return wasTold && isAsWanted(info, url) ? undefined : tell(abort);
    },

    /** Looks after it until told to stop. */
    watch: async (abort: AbortSignal, everyMs = watchMs): Promise<void> => {
      while (!abort.aborted) {
        await pause(everyMs, abort);
        if (abort.aborted) return;
        try {
          const info = await api.call("getWebhookInfo", {}, { abort });
          report(info);
          // Another secret than ours is refused with 401, which shows as an error.
          const isRefused = statusIn(info.last_error_message ?? "") === 401 && info.pending_update_count > 0;
          if (isAsWanted(info, url) && !isRefused) continue;
          const rejection = await tell(abort);
          log.warn("telegram.webhook-repaired", { status: rejection?.status });
        } catch (fault) {
          if (!abort.aborted) log.warn("telegram.webhook-unwatched", { fault });
        }
      }
    },
  };
};
