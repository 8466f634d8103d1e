import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import {
  cancelledFrame,
  done,
  errorFrame,
  type ErrorMessage,
  frame,
  stopMessage,
  usageMessage,
} from "../wire/frames.ts";
import type { LiveRun } from "./live.ts";
import type { Failure } from "./outcome.ts";
import type { Ending } from "./work.ts";
import type { Mode } from "./voice.ts";

/** The end of a run: one commit, then the lock, then the last frames, so that who reads them finds all else done. */

export type Finishing = {
  readonly run: LiveRun;
  readonly where: ConversationOf;
  readonly mode: Mode;
  readonly agentsRoute: boolean;
};

/** A JSON answer of a conversations route never settles its run: the row stays `created` (seen in 0.16.7). */
const settlesRow = ({ mode, agentsRoute }: Finishing): boolean => mode !== "json" || agentsRoute;

const errorMessage = (runId: string, failure: Failure): ErrorMessage => ({
  message_type: "error_message",
  run_id: runId,
  error_type: failure.errorType,
  message: failure.message,
  detail: failure.detail,
  seq_id: null,
});

/** A failed background stream numbers its error and ends without `[DONE]`; a foreground one does neither. */
const failureFrames = (run: LiveRun, failure: Failure): readonly string[] => {
  const stop = frame(stopMessage(failure.stopReason));
  const error = errorMessage(run.id, failure);
  // Once the agent had begun to answer, two layers of the server say so, and nobody says `[DONE]`.
  if (failure.inMidStream) return [frame(stopMessage("error")), stop, errorFrame(error)];
  if (run.background) return [stop, errorFrame({ ...error, seq_id: run.tape.length + 2 })];
  return [stop, errorFrame(error), done];
};

const finalFrames = ({ run, mode }: Finishing, { outcome }: Ending): readonly string[] => {
  if (outcome.kind === "failed") return failureFrames(run, outcome.failure);
  if (outcome.kind === "stopped") return [];
  return [frame(stopMessage(outcome.stopReason)), frame(usageMessage(outcome.usage, mode === "tokens")), done];
};

export const finish = (simulation: Simulation, finishing: Finishing, ending: Ending): void => {
  const { store, live, now } = simulation;
  const { run, where, mode } = finishing;
  const { outcome } = ending;
  // Whoever stopped the run has settled it.
  if (outcome.kind === "stopped") return;
  const frames = finalFrames(finishing, ending);
  const at = now();
  const failure = outcome.kind === "failed" ? outcome.failure : null;
  const stopReason = outcome.kind === "failed" ? outcome.failure.stopReason : outcome.stopReason;
  store.commit(() => {
    store.messages.append(where, ending.last);
    if (ending.last.length > 0) store.messages.overwriteContext(where, run.id, ending.contextFrom);
    for (const step of ending.steps) store.steps.insert(step);
    if (ending.pending !== null) store.approvals.insert(where, ending.pending);
    if (settlesRow(finishing)) {
      store.runs.finish(run.id, {
        status: failure === null ? "completed" : "failed",
        stopReason: failure !== null && mode === "json" ? null : stopReason,
        error:
          failure === null ? null : JSON.stringify(mode === "json" ? failure.detail : errorMessage(run.id, failure)),
        completedAt: at,
      });
    }
    store.agents.settle(where.agentId, stopReason, ending.learned);
    if (run.background) store.tapes.insert(run.id, [...run.tape.frames, ...frames], at);
  });
  live.remove(run);
  run.tape.append(...frames);
  run.tape.end();
};

/** The last words of a cancelled run: no usage, and `[DONE]` only in the background. */
export const cancelFrames = (run: LiveRun): readonly string[] =>
  run.background ? [cancelledFrame, done] : [cancelledFrame];
