import { type Context, Hono } from "hono";
import { z } from "zod";
import { compact } from "../run/compact.ts";
import { recompile } from "../run/prompt.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import { idIn, refuse } from "../wire/refusals.ts";
import { agentShower } from "./agent-state.ts";
import { readBody } from "./body.ts";
import { agentPlace, conversationPlace } from "./place.ts";
import { queryOf } from "./request.ts";

/** What changes a conversation's context without a message: compacting, compiling its prompt, beginning anew. */

const wish = z.object({ compaction_settings: z.looseObject({ mode: z.string().nullish() }).nullish() });

export const compactionRoutes = (simulation: Simulation): Hono => {
  const { store } = simulation;
  const show = agentShower(simulation);

  const defaultOf = (c: Context): ConversationOf =>
    agentPlace(simulation, idIn("agent", "agent_id", c.req.param("agent") ?? ""));
  const conversationOf = (c: Context): ConversationOf =>
    conversationPlace(simulation, c.req.param("conversation") ?? "", queryOf(c, "agent_id"));

  const answerCompact = async (c: Context, where: ConversationOf): Promise<Response> => {
    const { compaction_settings: settings } = await readBody(c, wish);
    const done = compact(simulation, where, settings?.mode === "all");
    if (done === null) {
      throw refuse(
        400,
        "Summarization failed to reduce the number of messages. You may not have enough messages to compact or need to use a different CompactionSettings (e.g. using `all` mode).",
      );
    }
    return c.json({ summary: done.summary, num_messages_before: done.before, num_messages_after: done.after });
  };
  const answerRecompile = (c: Context, where: ConversationOf): Response => {
    const before = recompile(simulation, where, queryOf(c, "dry_run") === "true");
    if (before === null) throw refuse(404, `No system message found for agent '${where.agentId}'`);
    return c.json(before);
  };

  return new Hono()
    .post("/v1/agents/:agent/summarize", (c) => answerCompact(c, defaultOf(c)))
    .post("/v1/conversations/:conversation/compact", (c) => answerCompact(c, conversationOf(c)))
    .post("/v1/agents/:agent/recompile", (c) => answerRecompile(c, defaultOf(c)))
    .post("/v1/conversations/:conversation/recompile", (c) => answerRecompile(c, conversationOf(c)))
    .patch("/v1/agents/:agent/reset-messages", (c) => {
      const { agentId } = defaultOf(c);
      const where = { agentId, conversationId: null };
      store.commit(() => {
        store.approvals.remove(where);
        store.messages.leaveContext(
          store.messages
            .context(where)
            .slice(1)
            .map(({ n }) => n),
        );
        recompile(simulation, where);
      });
      const agent = store.agents.find(agentId);
      return c.json(agent === null ? null : show(c, agent, true));
    });
};
