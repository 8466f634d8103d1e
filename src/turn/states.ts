/**
 * The states of a turn: one exchange with an agent. Imports nothing, so that the schema can name them.
 *
 *                 ┌──────── retry (proof that nothing ran) ────────┐
 *                 ▼                                                │
 *   accept ──▶ queued ──claim──▶ running ──approval asked──▶ waiting
 *                 │               │  ▲  ◀──────decided──────────┘
 *                 │      cut/kill │  │ found, resumed
 *                 │               ▼  │
 *                 │            uncertain ──nothing arrived──▶ running (posted once more, marked `resent`)
 *                 │               │
 *                 ▼               ▼
 *             cancelled   done · silent · failed · cancelled
 *
 * | from → to | who moves it |
 * | --- | --- |
 * | → queued | `inbox` in the transaction that accepts the event |
 * | queued → running | `lanes.claim`, the only place that counts an attempt |
 * | running → queued | the turn engine, when the failure proves that nothing ran, or when it has found an agent that was not known |
 * | running → waiting → running | the turn engine, when the agent asks for approval and when it was decided |
 * | running → uncertain | the turn engine when the stream was cut; `lanes.reclaim` after a kill |
 * | uncertain → running | reconcile: the run was found, or nothing arrived and the post is sent again |
 * | → done, silent, failed, cancelled | `turns.settle`; nothing leaves these states |
 */
export const turnStates = [
  /** Accepted and committed; waits for its place in chat and lane, or for its backoff to pass. */
  "queued",
  /** Claimed by this boot; its chat and lane are held. A post may be on its way. */
  "running",
  /** The agent asked to use a tool and someone has to decide; chat and lane are held until the stored deadline. */
  "waiting",
  /** A post left and its fate is unknown; chat and lane are held until reconcile knows. */
  "uncertain",
  /** The agent answered; everything it said is stored. */
  "done",
  /** The agent ran and chose to say nothing. */
  "silent",
  /** It gave up; the reason is stored and told. */
  "failed",
  /** Stopped by the user or caller. */
  "cancelled",
] as const;

export type TurnState = (typeof turnStates)[number];

export type TurnOutcome = Extract<TurnState, "done" | "silent" | "failed" | "cancelled">;

/** What started a turn. A `command` is answered by lettabox itself; a `control` command stands outside its chat's order. */
export type Trigger = "message" | "api" | "schedule" | "notify" | "command" | "control";

export const isFinal = (state: TurnState): state is TurnOutcome =>
  state === "done" || state === "silent" || state === "failed" || state === "cancelled";
