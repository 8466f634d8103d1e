import { type Context, Hono } from "hono";
import { z } from "zod";
import { beginConversation } from "../run/prompt.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationRow } from "../store/conversations.ts";
import { newId } from "../wire/ids.ts";
import { conversationIdIn, invalid, noRow, problem, refuse } from "../wire/refusals.ts";
import { conversationState } from "../wire/states.ts";
import { conversationPlace } from "./place.ts";
import { isAscending, jsonOf, limitOf, queryOf } from "./request.ts";

/** Conversations of an agent beside its default one, which is no row here. */

const fields = z.object({
  summary: z.string().nullish(),
  model: z.string().nullish(),
  model_settings: z.looseObject({}).nullish(),
  last_message_at: z.string().nullish(),
  isolated_block_labels: z.array(z.string()).nullish(),
});

const bodyOf = async (c: Context): Promise<z.infer<typeof fields>> => {
  const read = fields.safeParse((await jsonOf(c)) ?? {});
  if (!read.success) throw invalid(problem("invalid", ["body"], read.error.issues[0]?.message ?? "Invalid", ""));
  return read.data;
};

const inContext = 100;

export const conversationRoutes = (simulation: Simulation): Hono => {
  const { store, now } = simulation;

  const found = (c: Context): ConversationRow => {
    const id = conversationIdIn(c.req.param("conversation") ?? "");
    const row = store.conversations.find(id);
    if (row === null) throw noRow("Conversation", id);
    return row;
  };

  const rowOf = (agentId: string, { summary, model, model_settings }: z.infer<typeof fields>): ConversationRow => {
    const at = now();
    return {
      id: newId("conv"),
      agentId,
      summary: summary ?? null,
      model: model ?? null,
      modelSettings: model_settings == null ? null : JSON.stringify(model_settings),
      lastMessageAt: null,
      createdAt: at,
      updatedAt: at,
    };
  };

  return new Hono()
    .get("/v1/conversations/", (c) => {
      const after = queryOf(c, "after");
      if (after !== null && store.conversations.find(after) === null) throw noRow("Conversation", after);
      const rows = store.conversations.list({
        agentId: queryOf(c, "agent_id"),
        summary: queryOf(c, "summary_search"),
        after,
        ascending: isAscending(c),
        limit: limitOf(c, 50),
      });
      return c.json(rows.map((row) => conversationState(row, [])));
    })
    .post("/v1/conversations/", async (c) => {
      const agentId = queryOf(c, "agent_id");
      if (agentId === null) throw invalid(problem("missing", ["query", "agent_id"], "Field required", "None"));
      if (store.agents.find(agentId) === null) throw refuse(404, "Agent not found");
      const body = await bodyOf(c);
      const labels = store.links.of(agentId, "block").map((block) => block["label"]);
      for (const label of body.isolated_block_labels ?? []) {
        if (labels.includes(label)) continue;
        throw refuse(400, `INVALID_ARGUMENT: Block with label '${label}' not found on agent '${agentId}'`);
      }
      const row = rowOf(agentId, body);
      store.commit(() => {
        store.conversations.insert(row);
        beginConversation(simulation, { agentId, conversationId: row.id });
      });
      // The prompt is compiled and stored, and this answer does not know it yet.
      return c.json(conversationState(row, []));
    })
    .post("/v1/conversations/:conversation/fork", (c) => {
      const place = conversationPlace(simulation, c.req.param("conversation"), queryOf(c, "agent_id"));
      const row = rowOf(place.agentId, {});
      const where = { agentId: row.agentId, conversationId: row.id };
      store.commit(() => {
        const [, ...messages] = store.messages.context(place);
        store.conversations.insert(row);
        beginConversation(simulation, where);
        store.messages.share(messages, where);
      });
      return c.json(conversationState(row, []));
    })
    .get("/v1/conversations/:conversation", (c) => {
      const row = found(c);
      const ids = store.messages.newestIds({ agentId: row.agentId, conversationId: row.id }, inContext);
      return c.json(conversationState(row, ids));
    })
    .patch("/v1/conversations/:conversation", async (c) => {
      const { summary, model, model_settings, last_message_at } = await bodyOf(c);
      const row = found(c);
      const changed: ConversationRow = {
        ...row,
        summary: summary ?? row.summary,
        model: model ?? row.model,
        modelSettings: model_settings == null ? row.modelSettings : JSON.stringify(model_settings),
        lastMessageAt: last_message_at == null ? row.lastMessageAt : Date.parse(last_message_at) || row.lastMessageAt,
        updatedAt: now(),
      };
      store.conversations.update(changed, changed.updatedAt);
      return c.json(conversationState(changed, []));
    })
    .delete("/v1/conversations/:conversation", (c) => {
      const { id, agentId } = found(c);
      store.commit(() => {
        store.conversations.remove(id);
        store.messages.removeAll({ agentId, conversationId: id });
        store.approvals.remove({ agentId, conversationId: id });
      });
      return c.json(null);
    });
};
