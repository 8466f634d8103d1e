import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import type { AgentRow } from "../store/agents.ts";
import { newId } from "../wire/ids.ts";
import { systemPromptMessage } from "../wire/messages.ts";
import { idIn, invalid, noAgent, noRow, problem, refuse } from "../wire/refusals.ts";
import { agentState, demoSystem } from "../wire/states.ts";
import { isAscending, isSdk, jsonOf, limitOf, queryOf } from "./request.ts";

/** Agents: enough to choose, make, rename and remove them. Tools, blocks and the rest of their relations are empty. */

const fields = z.object({
  name: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  model: z.string().nullish(),
});

/** What may be set and comes back as it was set. */
const settable = new Set(
  "model system description metadata timezone hidden embedding agent_type model_settings compaction_settings response_format tool_rules message_buffer_autoclear enable_sleeptime max_files_open per_file_view_window_char_limit".split(
    " ",
  ),
);

const relations = new Set(
  "blocks tools tags identities secrets sources managed_group pending_approval"
    .split(" ")
    .map((name) => `agent.${name}`),
);

const inContext = 100;

const bodyOf = async (c: Context) => {
  const json = (await jsonOf(c)) ?? {};
  const read = fields.safeParse(json);
  if (!read.success) throw invalid(problem("invalid", ["body"], read.error.issues[0]?.message ?? "Invalid", ""));
  const { name, tags, model } = read.data;
  if (model != null && !model.includes("/")) {
    throw refuse(400, "INVALID_ARGUMENT: The model handle should be in the format provider/model-name");
  }
  const given = Object.entries(json).filter(([key, value]) => settable.has(key) && value !== null);
  return { name: name ?? null, tags: tags ?? null, given: Object.fromEntries(given) };
};

/** A new agent and its default conversation, which begins with the compiled prompt. */
export const addAgent = (
  { store, now }: Simulation,
  agent: {
    readonly name: string;
    readonly tags: readonly string[];
    readonly fields: Readonly<Record<string, unknown>>;
  },
): string => {
  const id = newId("agent");
  const at = now();
  const system = agent.fields["system"];
  const prompt = systemPromptMessage(at, typeof system === "string" ? system : demoSystem);
  store.commit(() => {
    store.agents.insert({ id, ...agent, createdAt: at });
    store.messages.append({ agentId: id, conversationId: null }, [{ role: "system", parts: [prompt] }]);
  });
  return id;
};

/** SDK clients see only the relations they ask for. */
const included = (c: Context): ReadonlySet<string> => (isSdk(c) ? new Set(c.req.queries("include")) : relations);

const idOf = (c: Context): string => idIn("agent", "agent_id", c.req.param("agent") ?? "");

const noAgentRow = (id: string): Error => noRow("Agent", id);

export const agentRoutes = (simulation: Simulation): Hono => {
  const { store, live, now } = simulation;

  /** What a change answers holds all relations. */
  const show = (row: AgentRow, include: ReadonlySet<string>) => {
    const where = { agentId: row.id, conversationId: null };
    return agentState(row, {
      messageIds: store.messages.newestIds(where, inContext),
      include,
      pendingApproval: store.approvals.find(where)?.request ?? null,
    });
  };
  const found = (id: string, otherwise: (id: string) => Error): AgentRow => {
    const row = store.agents.find(id);
    if (row === null) throw otherwise(id);
    return row;
  };

  return new Hono()
    .get("/v1/agents/", (c) => {
      const rows = store.agents.list({
        name: queryOf(c, "name"),
        text: queryOf(c, "query_text"),
        tags: c.req.queries("tags") ?? [],
        allTags: queryOf(c, "match_all_tags") === "true",
        before: queryOf(c, "before"),
        after: queryOf(c, "after"),
        ascending: isAscending(c),
        limit: limitOf(c, 50),
      });
      return c.json(rows.map((row) => show(row, included(c))));
    })
    .post("/v1/agents/", async (c) => {
      const { name, tags, given } = await bodyOf(c);
      const id = addAgent(simulation, { name: name ?? "Unnamed agent", tags: tags ?? [], fields: given });
      return c.json(show(found(id, noAgent), relations));
    })
    .get("/v1/agents/count", (c) => c.json(store.agents.count()))
    .get("/v1/agents/:agent", (c) => c.json(show(found(idOf(c), noAgent), included(c))))
    .patch("/v1/agents/:agent", async (c) => {
      const { name, tags, given } = await bodyOf(c);
      const row = found(idOf(c), noAgentRow);
      const changed = {
        id: row.id,
        name: name ?? row.name,
        tags: tags ?? row.tags,
        fields: { ...row.fields, ...given },
      };
      store.agents.update(changed, now());
      return c.json(show(found(row.id, noAgent), relations));
    })
    .delete("/v1/agents/:agent", (c) => {
      const { id } = found(idOf(c), noAgentRow);
      for (const { id: runId } of store.runs.active({ agentId: id })) live.drop(runId);
      store.commit(() => store.agents.remove(id));
      return c.json({ message: `Agent id=${id} successfully deleted` });
    });
};
