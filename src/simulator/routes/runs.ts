import { type Context, Hono } from "hono";
import type { Simulation } from "../simulation.ts";
import { type RunFilter, type RunRow, type RunStatus, runStatuses } from "../store/runs.ts";
import { noCursor, noRow, refuse, runIdIn } from "../wire/refusals.ts";
import { stepState, usageState } from "../wire/steps.ts";
import { runState } from "../wire/states.ts";
import { messageList } from "./list-messages.ts";
import { isAscending, limitOf, queryOf } from "./request.ts";

/** Runs: every post makes one. Those of an agent's default conversation have no conversation id, and no filter finds them by one. */

const isStatus = (value: string): value is RunStatus => (runStatuses as readonly string[]).includes(value);

const statusesOf = (c: Context): readonly RunStatus[] | null => {
  const given = c.req.queries("statuses");
  if (given === undefined) return queryOf(c, "active") === "true" ? ["created", "running"] : null;
  return given.map((status) => {
    if (!isStatus(status)) throw refuse(400, `'${status}' is not a valid RunStatus`);
    return status;
  });
};

const filterOf = (c: Context): RunFilter => {
  const agentId = queryOf(c, "agent_id");
  const agentIds = agentId === null ? c.req.queries("agent_ids") : [agentId];
  const statuses = statusesOf(c);
  const conversationId = queryOf(c, "conversation_id");
  const background = queryOf(c, "background");
  const stopReason = queryOf(c, "stop_reason");
  const before = queryOf(c, "before");
  const after = queryOf(c, "after");
  return {
    ...(agentIds === undefined ? {} : { agentIds }),
    ...(statuses === null ? {} : { statuses }),
    ...(conversationId === null ? {} : { conversationId }),
    ...(background === null ? {} : { background: background === "true" }),
    ...(stopReason === null ? {} : { stopReason }),
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
    ascending: isAscending(c) || queryOf(c, "ascending") === "true",
    limit: limitOf(c, 100),
  };
};

export const runRoutes = ({ store }: Simulation): Hono => {
  const found = (c: Context): RunRow => {
    const id = runIdIn(c.req.param("run") ?? "");
    const row = store.runs.find(id);
    if (row === null) throw noRow("Run", id);
    return row;
  };

  return new Hono()
    .get("/v1/runs/", (c) => c.json(store.runs.list(filterOf(c)).map(runState)))
    .get("/v1/runs/:run/steps", (c) => {
      const { id, agentId } = found(c);
      return c.json(
        store.steps
          .list(id)
          .toReversed()
          .map((step) => stepState(step, agentId)),
      );
    })
    .get("/v1/runs/:run/usage", (c) => c.json(usageState(store.steps.list(found(c).id))))
    .get("/v1/runs/:run", (c) => c.json(runState(found(c))))
    .get("/v1/runs/:run/messages", (c) => {
      const { id } = found(c);
      const before = queryOf(c, "before");
      const after = queryOf(c, "after");
      for (const cursor of [after, before]) {
        if (cursor !== null && !store.messages.exists(cursor)) throw noCursor(cursor, null);
      }
      const ascending = isAscending(c, "asc");
      const filter = { before, after, ascending, limit: limitOf(c, 100) };
      return messageList(c, store.messages.list({ of: "run", runId: id }, filter));
    });
};
