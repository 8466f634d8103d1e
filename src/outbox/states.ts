/**
 * The states of an outbox row: one part on its way to a platform. Imports nothing, so that the schema can name them.
 *
 *   commit ──▶ pending ──claim──▶ sending ──accepted──▶ sent
 *                 ▲                 │
 *                 ├── refused for now, limited, unreachable (backoff)
 *                 │                 │
 *                 └── answer never seen, one copy allowed (noted as ambiguous)
 *                                   ├── answer never seen, no copy allowed ──▶ ambiguous
 *                                   └── refused for good, or out of time ────▶ dead
 *
 * | from → to | who moves it |
 * | --- | --- |
 * | → pending | the turn engine, in the transaction that stores what the agent said |
 * | pending → sending | `outbox.claim`: the oldest unsent row of its chat, when due |
 * | sending → sent | the sender, when the platform accepted; its message id is stored |
 * | sending → pending | the sender after a fault that proves nothing arrived; `outbox.reclaim` and the sender once after a lost answer |
 * | sending → ambiguous, dead | the sender, `outbox.reclaim` |
 */
export const outboxStates = [
  /** Committed, waits for its turn in the chat or for its backoff to pass. */
  "pending",
  /** Claimed by this boot; the platform may have it already. */
  "sending",
  /** The platform accepted it. */
  "sent",
  /** It may have arrived, and a copy would do harm or was already made; kept and listed. */
  "ambiguous",
  /** It gave up; kept, listed, retriable. */
  "dead",
] as const;

export type OutboxState = (typeof outboxStates)[number];

/** Replies are worth 24 h of trying; an answer to a command or a notice is worth 15 minutes. */
export type OutboxKind = "reply" | "notice";
