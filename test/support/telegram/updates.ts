/** The updates that a bot has not taken yet, in the order they came, whichever way it takes them. */
import type { Update } from "grammy/types";
import type { Clock } from "./clock.ts";
import type { UpdateKind } from "./fields.ts";

export type Pending = {
  readonly update: Update;
  readonly kind: string;
  /** Of one queue at most one is on its way by webhook. */
  readonly queue: string;
  readonly expiresAt: number;
  /** Tries by webhook so far. */
  tries: number;
  dueAt: number;
  isOnItsWay: boolean;
  /** Delivered again on purpose: an offset that is past it does not confirm it before it was shown. */
  again: boolean;
};

/** One try to deliver an update: the answer's status, or how it failed. */
export type Delivery = {
  readonly updateId: number;
  readonly kind: string;
  readonly via: "webhook" | "polling";
  readonly at: number;
  readonly outcome: number | "unreachable" | "timeout" | "shown";
};

export type Push = {
  readonly kind: string;
  readonly payload: unknown;
  readonly queue: string;
  readonly lifeMs: number;
  /** Delivered although the bot did not ask for this kind. */
  readonly isForced?: boolean;
};

const hour = 3_600_000;
export const dayMs = 24 * hour;
export const pressMs = 150_000;

/** Kinds that have to be asked for by name. */
const unasked: readonly string[] = ["chat_member", "message_reaction", "message_reaction_count"];

export const createUpdates = (clock: Clock, changed: () => void, firstId: number) => {
  const pending: Pending[] = [];
  const history = new Map<number, Pending>();
  const dropped: Update[] = [];
  const deliveries: Delivery[] = [];
  let lastId = firstId - 1;
  let allowed: readonly UpdateKind[] = [];

  const isWanted = (kind: string): boolean =>
    allowed.length === 0 ? !unasked.includes(kind) : (allowed as readonly string[]).includes(kind);

  const expire = (): void => {
    const gone = pending.filter(({ expiresAt, isOnItsWay }) => expiresAt < clock.now() && !isOnItsWay);
    for (const one of gone) {
      dropped.push(one.update);
      pending.splice(pending.indexOf(one), 1);
    }
  };

  return {
    /** Answers the id, or nothing when the bot does not want this kind. */
    push: ({ kind, payload, queue, lifeMs, isForced = false }: Push): number | undefined => {
      if (!isForced && !isWanted(kind)) return undefined;
      lastId += 1;
      const update = { update_id: lastId, [kind]: payload } as unknown as Update;
      const one = { update, kind, queue, expiresAt: clock.now() + lifeMs, tries: 0, dueAt: 0, isOnItsWay: false };
      const entry = { ...one, again: false };
      pending.push(entry);
      history.set(lastId, { ...entry });
      changed();
      return lastId;
    },
    again: (updateId: number): void => {
      const known = history.get(updateId);
      if (!known) throw new Error(`there was no update ${updateId}`);
      pending.push({ ...known, expiresAt: clock.now() + dayMs, again: true });
      changed();
    },
    pending: (): readonly Pending[] => {
      expire();
      return pending;
    },
    /** It was taken. */
    confirm: (one: Pending): void => {
      const place = pending.indexOf(one);
      if (place >= 0) pending.splice(place, 1);
      changed();
    },
    dropAll: (): void => {
      pending.length = 0;
      changed();
    },
    record: (delivery: Delivery): void => {
      deliveries.push(delivery);
      changed();
    },
    deliveries: (): readonly Delivery[] => deliveries,
    /** What expired before it was taken. */
    dropped: (): readonly Update[] => dropped,
    allowed: (): readonly UpdateKind[] => allowed,
    allow: (kinds: readonly UpdateKind[] | undefined): void => {
      if (kinds !== undefined) allowed = kinds;
    },
    lastId: (): number => lastId,
  };
};

export type Updates = ReturnType<typeof createUpdates>;
