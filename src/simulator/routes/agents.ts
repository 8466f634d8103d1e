import { type Context, Hono } from "hono";
import { z } from "zod";
import { addAgent } from "../run/add-agent.ts";
import type { Simulation } from "../simulation.ts";
import type { AgentRow } from "../store/agents.ts";
import type { Kind } from "../store/resources.ts";
import { usualTools } from "../wire/base-tools.ts";
import { idIn, invalid, noAgent, noRow, problem } from "../wire/refusals.ts";
import { agentShower } from "./agent-state.ts";
import { newBlock } from "./blocks.ts";
import { requireModel } from "./models.ts";
import { isAscending, jsonOf, limitOf, queryOf } from "./request.ts";

/** Agents: listed, made, changed and removed. What is attached to them has files of its own. */

const fields = z.object({
  name: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  model: z.string().nullish(),
  memory_blocks: z.array(newBlock).nullish(),
  block_ids: z.array(z.string()).nullish(),
  tools: z.array(z.string()).nullish(),
  tool_ids: z.array(z.string()).nullish(),
  folder_ids: z.array(z.string()).nullish(),
  identity_ids: z.array(z.string()).nullish(),
  include_base_tools: z.boolean().nullish(),
});

/** Lists of ids that replace what was attached. */
const lists = { block_ids: "block", tool_ids: "tool", folder_ids: "folder", identity_ids: "identity" } as const;

const attachedIn = (
  body: z.infer<typeof fields>,
): readonly { readonly kind: Kind; readonly ids: readonly string[] }[] =>
  Object.entries(lists).flatMap(([key, kind]) => {
    const ids = body[key as keyof typeof lists];
    return ids == null ? [] : [{ kind, ids }];
  });

/** What may be set and comes back as it was set. */
const settable = new Set(
  "model secrets system description metadata timezone hidden embedding agent_type model_settings compaction_settings response_format tool_rules message_buffer_autoclear enable_sleeptime max_files_open per_file_view_window_char_limit".split(
    " ",
  ),
);

const bodyOf = async (c: Context) => {
  const json = (await jsonOf(c)) ?? {};
  const read = fields.safeParse(json);
  if (!read.success) throw invalid(problem("invalid", ["body"], read.error.issues[0]?.message ?? "Invalid", ""));
  const { model } = read.data;
  if (model != null) requireModel(model);
  const given = Object.entries(json).filter(([key, value]) => settable.has(key) && value !== null);
  return { ...read.data, given: Object.fromEntries(given), attached: attachedIn(read.data) };
};

const idOf = (c: Context): string => idIn("agent", "agent_id", c.req.param("agent") ?? "");

const noAgentRow = (id: string): Error => noRow("Agent", id);

export const agentRoutes = (simulation: Simulation): Hono => {
  const { store, live, now } = simulation;

  const show = agentShower(simulation);
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
      const keys = c.req.queries("identifier_keys");
      const has = ({ id }: AgentRow): boolean =>
        keys === undefined ||
        store.links.of(id, "identity").some(({ identifier_key: key }) => keys.includes(String(key)));
      return c.json(rows.filter(has).map((row) => show(c, row)));
    })
    .post("/v1/agents/", async (c) => {
      const { name, tags, given, attached, memory_blocks, tools, include_base_tools } = await bodyOf(c);
      const id = addAgent(simulation, {
        name: name ?? "Unnamed agent",
        tags: tags ?? [],
        fields: given,
        blocks: memory_blocks ?? [],
        attached,
        tools: [...(include_base_tools === false ? [] : usualTools), ...(tools ?? [])],
      });
      return c.json(show(c, found(id, noAgent), true));
    })
    .get("/v1/agents/count", (c) => c.json(store.agents.count()))
    .get("/v1/agents/:agent", (c) => c.json(show(c, found(idOf(c), noAgent))))
    .patch("/v1/agents/:agent", async (c) => {
      const { name, tags, given, attached } = await bodyOf(c);
      const row = found(idOf(c), noAgentRow);
      const changed = {
        id: row.id,
        name: name ?? row.name,
        tags: tags ?? row.tags,
        fields: { ...row.fields, ...given },
      };
      store.commit(() => {
        store.agents.update(changed, now());
        for (const { kind, ids } of attached) {
          store.links.removeAll(row.id, kind);
          for (const id of ids) store.links.add(row.id, kind, id);
        }
      });
      return c.json(show(c, found(row.id, noAgent), true));
    })
    .delete("/v1/agents/:agent", (c) => {
      const { id } = found(idOf(c), noAgentRow);
      for (const { id: runId } of store.runs.active({ agentId: id })) live.drop(runId);
      store.commit(() => store.agents.remove(id));
      return c.json({ message: `Agent id=${id} successfully deleted` });
    });
};
