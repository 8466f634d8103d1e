import { Hono } from "hono";
import { z } from "zod";
import { cancelRun } from "../run/cancel.ts";
import type { Simulation } from "../simulation.ts";
import type { RunRow } from "../store/runs.ts";
import { conversationIdIn, idIn, noRow, nothingToCancel } from "../wire/refusals.ts";
import { directAgent } from "./place.ts";
import { jsonOf, queryOf } from "./request.ts";

/** Cancelling: by run ids, or whatever is at work. Without run ids both routes may hit another conversation's run. */

const wish = z.object({ run_ids: z.array(z.string()).nullish() }).catch({});

const idsOf = (rows: readonly RunRow[]): readonly string[] => rows.map(({ id }) => id);

export const cancelRoutes = (simulation: Simulation): Hono => {
  const { store, redis } = simulation;

  const cancelAll = (ids: readonly string[]): Record<string, "cancelled" | "failed"> =>
    Object.fromEntries(
      ids.map((id) => {
        const row = store.runs.find(id);
        if (row === null) return [id, "failed"];
        cancelRun(simulation, row);
        return [id, "cancelled"];
      }),
    );

  return new Hono()
    .post("/v1/agents/:agent/messages/cancel", async (c) => {
      const agentId = idIn("agent", "agent_id", c.req.param("agent"));
      const { run_ids } = wish.parse((await jsonOf(c)) ?? {});
      // Redis remembers the agent's last run, whether or not it still works.
      const last = redis ? store.runs.list({ agentIds: [agentId], limit: 1 }) : store.runs.active({ agentId });
      const ids = run_ids?.length ? run_ids : idsOf(last);
      if (ids.length === 0) throw nothingToCancel(`agent ${agentId}`);
      return c.json(cancelAll(ids));
    })
    .post("/v1/conversations/:conversation/cancel", (c) => {
      const conversationId = c.req.param("conversation");
      const direct = directAgent(conversationId, queryOf(c, "agent_id"));
      if (direct === null) {
        if (conversationId === "default") throw noRow("Conversation", conversationId);
        if (store.conversations.find(conversationIdIn(conversationId)) === null)
          throw noRow("Conversation", conversationId);
      }
      // `default` means all of the agent's runs at work, those of its other conversations among them.
      const rows = store.runs.active(direct === null ? { conversationId } : { agentId: direct });
      if (rows.length === 0) throw nothingToCancel(`conversation ${conversationId}`);
      return c.json(cancelAll(idsOf(rows)));
    });
};
