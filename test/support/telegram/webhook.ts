/** Delivery by webhook: one update of a queue at a time, tried again until it is taken or expires. */
import type { Clock } from "./clock.ts";
import { seconds } from "./clock.ts";
import type { Pending, Updates } from "./updates.ts";

export type Webhook = {
  readonly url: string;
  readonly secret: string | undefined;
  readonly connections: number;
  readonly setAt: number;
};

export type PushError = { readonly date: number; readonly message: string };

export type PusherOptions = {
  readonly clock: Clock;
  readonly updates: Updates;
  /** The waits between tries are divided by this. */
  readonly hurry: number;
  readonly random: () => number;
  /** Where a webhook really is. */
  readonly route: Route;
  /** Called when an answer holds a method to call, which never tells what became of it. */
  readonly complain: (what: string) => void;
};

/** Public origins, and what stands for each on this machine. */
export type Route = Map<string, string>;

export const isLocal = ({ hostname }: URL): boolean => /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname);

const timeoutMs = 60_000;
const maxRetryAfter = 3600;
const quietMs = 10_000;

/** The first try again is at once, then 2, 4, 8, 16, 32 s, then between one and two minutes. */
const pause = (tries: number, random: () => number): number => {
  if (tries <= 1) return 0;
  return tries <= 6 ? 1000 * 2 ** (tries - 1) : 60_000 + random() * 60_000;
};

const retryAfter = (response: Response): number | undefined => {
  const given = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(given) ? Math.min(Math.max(0, given), maxRetryAfter) * 1000 : undefined;
};

const reason = (status: number): string => {
  const words: Readonly<Record<number, string>> = { 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable" };
  return `Wrong response from the webhook: ${status} ${words[status] ?? ""}`.trim();
};

export const createPusher = ({ clock, updates, hurry, random, route, complain }: PusherOptions) => {
  let webhook: Webhook | undefined;
  let lastError: PushError | undefined;
  let lastSuccess = Number.NEGATIVE_INFINITY;
  let onTheirWay = 0;
  let cancel: (() => void) | undefined;
  const abort = new AbortController();

  const call = async (to: Webhook, one: Pending): Promise<Response> => {
    const named = new URL(to.url);
    const target = new URL(named.pathname + named.search, route.get(named.origin) ?? named.origin);
    // Nothing leaves this machine.
    if (!isLocal(target)) throw new Error(`${named.origin} leads nowhere`);
    return fetch(target, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        host: named.host,
        ...(to.secret === undefined ? {} : { "x-telegram-bot-api-secret-token": to.secret }),
      },
      body: JSON.stringify(one.update),
      signal: AbortSignal.any([abort.signal, AbortSignal.timeout(timeoutMs)]),
    });
  };

  const checkAnswer = (body: string): void => {
    if (/^\s*\{[^]*"method"\s*:/u.test(body)) complain("the webhook was answered with a method to call");
  };

  const fail = (one: Pending, outcome: number | "unreachable" | "timeout", message: string, after?: number): void => {
    one.tries += 1;
    one.dueAt = clock.now() + (after ?? pause(one.tries, random)) / hurry;
    lastError = { date: seconds(clock.now()), message };
    const { update, kind } = one;
    updates.record({ updateId: update.update_id, kind, via: "webhook", at: clock.now(), outcome });
  };

  const deliver = async (to: Webhook, one: Pending): Promise<void> => {
    one.isOnItsWay = true;
    onTheirWay += 1;
    try {
      const response = await call(to, one);
      const body = await response.text();
      if (!response.ok) {
        fail(one, response.status, reason(response.status), retryAfter(response));
        return;
      }
      checkAnswer(body);
      lastSuccess = clock.now();
      const { update, kind } = one;
      const outcome = response.status;
      updates.record({ updateId: update.update_id, kind, via: "webhook", at: clock.now(), outcome });
      updates.confirm(one);
    } catch (cause) {
      if (abort.signal.aborted) return;
      const isLate = cause instanceof Error && cause.name === "TimeoutError";
      fail(one, isLate ? "timeout" : "unreachable", isLate ? "Read timeout expired" : "Connection refused");
    } finally {
      one.isOnItsWay = false;
      onTheirWay -= 1;
      pump();
    }
  };

  /** The oldest of each queue. */
  const heads = (): readonly Pending[] => {
    const seen = new Set<string>();
    return updates.pending().filter(({ queue }) => !seen.has(queue) && seen.add(queue));
  };

  const pump = (): void => {
    cancel?.();
    cancel = undefined;
    const to = webhook;
    if (to === undefined || abort.signal.aborted) return;
    const now = clock.now();
    // After a while without success the platform tries carefully.
    const room = (now - lastSuccess > quietMs ? 1 : to.connections) - onTheirWay;
    const waiting = heads().filter(({ isOnItsWay }) => !isOnItsWay);
    const due = waiting.filter(({ dueAt }) => dueAt <= now).slice(0, Math.max(0, room));
    for (const one of due) void deliver(to, one);
    const next = Math.min(...waiting.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt));
    if (Number.isFinite(next)) cancel = clock.at(next, pump);
  };

  return {
    webhook: (): Webhook | undefined => webhook,
    lastError: (): PushError | undefined => lastError,
    set: (next: Webhook | undefined): void => {
      webhook = next;
      lastError = undefined;
      for (const one of updates.pending()) one.dueAt = 0;
      pump();
    },
    pump,
    stop: (): void => {
      abort.abort();
      cancel?.();
    },
  };
};

export type Pusher = ReturnType<typeof createPusher>;
