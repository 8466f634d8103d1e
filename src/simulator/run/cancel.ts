/** Ends runs before their time. */
import type { Simulation } from "../simulation.ts";
import type { RunRow } from "../store/runs.ts";
import { newId } from "../wire/ids.ts";
import { approvalResponseMessage, toolReturnMessage } from "../wire/messages.ts";
import { cancelFrames } from "./finish.ts";

const denial = "The user cancelled the request, so the tool call was denied.";

/** The agent's default conversation must not stay blocked by a call that nobody will answer. */
const denyPending = ({ store, now }: Simulation, run: RunRow): void => {
  const where = { agentId: run.agentId, conversationId: null };
  const pending = store.approvals.find(where);
  if (pending === null) return;
  const at = now();
  const ids = pending.request.tool_calls.map(({ tool_call_id }) => tool_call_id);
  const answers = ids.map(
    (tool_call_id) => ({ type: "approval", tool_call_id, approve: false, reason: denial }) as const,
  );
  const origin = { messageId: newId("message"), stepId: pending.request.step_id, runId: run.id, at };
  const text = `Error: request to call tool denied. User reason: ${denial}`;
  store.approvals.remove(where);
  store.messages.append(where, [
    { role: "approval", parts: [approvalResponseMessage(run.id, at, answers)] },
    {
      role: "tool",
      parts: [
        toolReturnMessage(
          origin,
          null,
          ids.map((callId) => ({ callId, status: "error", text, stderr: null })),
        ),
      ],
    },
  ]);
};

/**
 * Cancels a run by its row, alive or left behind by a killed server. A run that has ended otherwise stays as it is and
 * still counts as cancelled; one that waits for approval becomes cancelled, and what the agent's *default* conversation
 * waits for is denied, whichever conversation the run was of.
 */
export const cancelRun = (simulation: Simulation, row: RunRow): void => {
  if (row.stopReason !== null && row.stopReason !== "requires_approval") return;
  const { store, live, now, stuckLocks } = simulation;
  const run = live.find(row.id);
  store.commit(() => {
    const completedAt = row.completedAt ?? now();
    store.runs.finish(row.id, { status: "cancelled", stopReason: "cancelled", error: null, completedAt });
    store.agents.settle(row.agentId, "cancelled", null);
    denyPending(simulation, row);
    if (run?.background) store.tapes.insert(row.id, [...run.tape.frames, ...cancelFrames(run)], completedAt);
  });
  if (run === null) return;
  run.stop.abort();
  live.remove(run, { leaveLock: stuckLocks && !run.background && run.conversationId === null });
  run.tape.append(...cancelFrames(run));
  run.tape.end();
};
