/** Runs of a Letta server: what became of a post. */
import { Fault } from "../errors.ts";
import { asList, collectPages, createPageReader, refuseAnswer, type Call } from "./client.ts";
import { rejectionOf } from "./faults.ts";
import { framesOf } from "./frames.ts";
import type { Limits } from "./limits.ts";
import type { RunInfo, RunStatus, Upstream } from "./upstream.ts";
import { asRecord, asText } from "./wire.ts";

const statuses: ReadonlyMap<string, RunStatus> = new Map(
  Object.entries({
    not_started: "created",
    pending: "created",
    created: "created",
    running: "running",
    completed: "completed",
    failed: "failed",
    expired: "failed",
    cancelled: "cancelled",
  } satisfies Record<string, RunStatus>),
);

type Listed = RunInfo & { readonly createdAt: string };

const runOf = (value: unknown): Listed => {
  const run = asRecord(value);
  const id = asText(run?.["id"]);
  if (!run || id === undefined) return refuseAnswer();
  const conversation = asText(run["conversation_id"]) ?? null;
  return {
    id,
    status: statuses.get(asText(run["status"]) ?? "") ?? "running",
    conversation: conversation === "default" ? null : conversation,
    stopReason: asText(run["stop_reason"]) ?? null,
    createdAt: asText(run["created_at"]) ?? "",
  };
};

const infoOf = ({ id, status, conversation, stopReason }: Listed): RunInfo => ({
  id,
  status,
  conversation,
  stopReason,
});

const pageSize = 100;

/** What the port says about runs. `callHistory` may answer longer: a message comes with its pictures. */
export const createRuns = (
  call: Call,
  callHistory: Call,
  limits: Limits,
): Pick<Upstream, "run" | "runFrames" | "runsSince" | "newestRun" | "cancel"> => {
  const list = (agent: string, query: { before?: string; after?: string; limit: number }, abort: AbortSignal) =>
    call("read", abort, (client, options) =>
      client.runs
        .list({ agent_id: agent, order: "desc", ...query }, options)
        .then((page) => asList(page.items).map(runOf)),
    );

  /**
   * The page of runs older than `last`. On 0.16 `before` means older and `after` newer, in descending order too, and
   * both are swapped in ascending order (measured); Cloud documents cursors relative to the order. So `before` is asked
   * first and its answer is believed only if it is older.
   */
  const listOlder = async (agent: string, last: Listed, abort: AbortSignal): Promise<readonly Listed[]> => {
    const isOlder = (page: readonly Listed[]) =>
      page.some((run) => run.id !== last.id && run.createdAt <= last.createdAt);
    const before = await list(agent, { before: last.id, limit: pageSize }, abort);
    if (isOlder(before)) return before;
    const after = await list(agent, { after: last.id, limit: pageSize }, abort);
    return isOlder(after) ? after : [];
  };

  const retrieve = (runId: string, abort: AbortSignal) =>
    call("read", abort, (client, options) => client.runs.retrieve(runId, options).then(runOf));

  return {
    run: async (runId, abort) => infoOf(await retrieve(runId, abort)),

    async runFrames(runId, abort) {
      const readPage = createPageReader(limits.turnBytes);
      const messages = await collectPages<unknown>(
        limits,
        (message) => {
          const { id, otid, message_type: type } = asRecord(message) ?? {};
          return JSON.stringify([id, otid, type]);
        },
        (last) => {
          const after = asText(asRecord(last)?.["id"]);
          return callHistory("read", abort, (client, options) =>
            client.runs.messages
              .list(runId, { order: "asc", limit: pageSize, ...(after === undefined ? {} : { after }) }, options)
              .asResponse()
              .then(readPage),
          );
        },
      );
      return messages.flatMap(framesOf);
    },

    async runsSince(agent, after, abort) {
      let found = false;
      const runs = await collectPages<Listed>(
        limits,
        (run) => run.id,
        async (last) => {
          if (found) return [];
          const page = last ? await listOlder(agent, last, abort) : await list(agent, { limit: pageSize }, abort);
          const known = page.findIndex((run) => run.id === after);
          found = known !== -1;
          return found ? page.slice(0, known) : page;
        },
      );
      return runs.map(infoOf);
    },

    newestRun: async (agent, abort) => (await list(agent, { limit: 1 }, abort))[0]?.id ?? null,

    async cancel({ agent }, runId, abort) {
      // The server would "cancel" a run that waits for an approval by denying what waits in the default conversation,
      // whichever conversation the run belongs to (0.16.7); and it answers "cancelled" for a run that has ended.
      const { status } = await retrieve(runId, abort);
      if (status !== "created" && status !== "running") return false;
      const outcome = await call<unknown>(
        "read",
        abort,
        // The conversations route takes no run id: for `default` it cancels every run of the agent.
        (client, options) => client.agents.messages.cancel(agent, { run_ids: [runId] }, options),
        (error) => {
          if (rejectionOf(error)?.status === 409) return { [runId]: "ended" };
          throw error;
        },
      );
      const result = (asRecord(outcome) ?? refuseAnswer())[runId];
      if (result === "failed")
        throw new Fault("letta_overloaded", { message: "Letta could not cancel the run.", runId });
      return result === "cancelled";
    },
  };
};
