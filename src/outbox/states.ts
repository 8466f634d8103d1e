/**
 * The states of an outbox row: one part on its way to a platform. Imports nothing, so that the schema can name them.
 *
 *   commit ──▶ pending ──claim──▶ sending ──accepted──▶ sent
 *                 ▲                 │
 *                 ├── refused for now, limited, unreachable (backoff)
 *                 ├── accepted, and more of the part is to be said
 *                 │                 │
 *                 └── answer never seen, one copy allowed (noted as ambiguous)
 *                                   ├── answer never seen, no copy allowed ──▶ ambiguous
 *                                   └── refused for good, or out of time ────▶ dead
 *
 * | from → to | who moves it |
 * | --- | --- |
 * | → pending | the turn engine, in the transaction that stores what the agent said; the API, with the message that a program sends |
 * | pending → pending | `outbox.claim`, when the platform does not answer and the part is the only copy that is allowed |
 * | pending → sending | `outbox.claim`: the oldest unsent row of its chat, when due |
 * | sending → sent | the sender, when the platform accepted; its message id is stored |
 * | sending → pending | the sender when the platform took a beginning of the part; the sender after a fault that proves nothing arrived; `outbox.reclaim` and the sender once after a lost answer |
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

/** What an agent says, what a program has said through the API, what lettabox answers to a command, what it says by itself. */
export type OutboxKind = "reply" | "message" | "answer" | "notice";

/** How long each is worth trying. */
export const worthMs: Readonly<Record<OutboxKind, number>> = {
  reply: 24 * 3_600_000,
  message: 24 * 3_600_000,
  answer: 15 * 60_000,
  notice: 15 * 60_000,
};
