import { type Context, Hono } from "hono";
import { z } from "zod";
import { addAgent } from "../run/add-agent.ts";
import type { Simulation } from "../simulation.ts";
import type { StoredMessage } from "../store/messages.ts";
import type { Resource } from "../store/resources.ts";
import { agentFile, type FiledMessage } from "../wire/agent-file.ts";
import type { BlockFields } from "../wire/block.ts";
import { newId, timestamp } from "../wire/ids.ts";
import type { WireMessage } from "../wire/messages.ts";
import { idIn, notExported, refuse } from "../wire/refusals.ts";
import { queryOf } from "./request.ts";

/** Agents as files: out of this server, and into it. Only files that this simulator wrote can be read. */

const message = z.custom<FiledMessage>((value) => typeof value === "object" && value !== null);
const resource = z.custom<Resource>((value) => typeof value === "object" && value !== null);

const file = z.object({
  agents: z.array(
    z.looseObject({
      name: z.string(),
      tags: z.array(z.string()),
      tool_ids: z.array(z.string()),
      block_ids: z.array(z.string()),
      llm_config: z.looseObject({ handle: z.string() }),
      messages: z.array(message),
    }),
  ),
  blocks: z.array(resource),
  tools: z.array(resource),
});

type Filed = z.infer<typeof file>;

const parse = (text: string): Filed => {
  try {
    return file.parse(JSON.parse(text));
  } catch {
    throw refuse(400, "Corrupted agent file format.");
  }
};

/** A file without messages has no prompt either. A first message that somebody wrote into it has content alone. */
const promptIn = (messages: readonly FiledMessage[]): string | null => {
  const [first] = messages;
  return first === undefined ? null : String(first.parts?.[0]?.["content"] ?? first.content[0]?.text ?? "");
};

/** Those of a file's things that an agent in it has. */
const pick = (ids: readonly string[], from: readonly Resource[]) => from.filter(({ id }) => ids.includes(id));

/** What belongs to the file alone; all else is the agent's own. */
const filed = new Set(
  "id name tags tools tool_ids memory_blocks block_ids messages in_context_message_ids files_agents group_ids model llm_config".split(
    " ",
  ),
);

const fieldsOf = (agent: Filed["agents"][number]): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(Object.entries(agent).filter(([key]) => !filed.has(key))),
  model: agent.llm_config.handle,
});

type Wishes = {
  readonly name: string | undefined;
  readonly suffix: boolean;
  readonly overridesTools: boolean;
};

const wishesIn = (form: Record<string, unknown>): Wishes => {
  const text = (key: string): string | undefined => (typeof form[key] === "string" ? form[key] : undefined);
  return {
    name: text("name") ?? text("override_name"),
    suffix: text("append_copy_suffix") !== "false",
    overridesTools: text("override_existing_tools") !== "false",
  };
};

export const agentFileRoutes = (simulation: Simulation): Hono => {
  const { store, now } = simulation;

  const addTools = ({ tools }: Filed, overrides: boolean): void => {
    const known = store.resources.list("tool");
    for (const tool of tools) {
      const mine = known.find(({ name }) => name === tool["name"]);
      if (mine === undefined) store.resources.insert("tool", { ...tool, id: newId("tool") });
      // An import changes the tools of everybody unless it is told not to: a file from a stranger is a program.
      else if (overrides && tool["tool_type"] === "custom") store.resources.update({ ...tool, id: mine.id });
    }
  };

  const addMessages = (agentId: string, messages: readonly FiledMessage[]): void => {
    // The first one is the prompt, which the new agent has already.
    const rows = messages.slice(1).map(({ role, parts = [] }): StoredMessage => {
      const id = newId("message");
      return { role, parts: parts.map((part): WireMessage => ({ ...part, id, run_id: null })) };
    });
    store.messages.append({ agentId, conversationId: null }, rows);
  };

  const addFrom = (given: Filed, wishes: Wishes): readonly string[] =>
    store.commit(() => {
      addTools(given, wishes.overridesTools);
      return given.agents.map((agent) => {
        const id = addAgent(simulation, {
          name: wishes.name ?? (wishes.suffix ? `${agent.name}_copy` : agent.name),
          tags: agent.tags,
          fields: fieldsOf(agent),
          blocks: pick(agent.block_ids, given.blocks) as unknown as readonly BlockFields[],
          prompt: promptIn(agent.messages),
          tools: pick(agent.tool_ids, given.tools).map(({ name }) => String(name)),
        });
        // `strip_messages` is ignored for files of this form (0.16.7).
        addMessages(id, agent.messages);
        return id;
      });
    });

  return new Hono()
    .get("/v1/agents/:agent/export", (c: Context) => {
      const id = idIn("agent", "agent_id", c.req.param("agent") ?? "");
      const agent = store.agents.find(id);
      if (agent === null) throw notExported(id);
      const all = store.messages.context({ agentId: id, conversationId: null });
      const messages = (queryOf(c, "scrub_messages") === "true" ? [] : all).map(({ role, body }): StoredMessage => ({
        role,
        parts: JSON.parse(body) as readonly WireMessage[],
      }));
      const parts = { agent, messages, blocks: store.links.of(id, "block"), tools: store.links.of(id, "tool") };
      return c.json(agentFile(parts, timestamp(now())));
    })
    .post("/v1/agents/import", async (c) => {
      const form = await c.req.parseBody();
      const given = form["file"];
      if (!(given instanceof File)) throw refuse(422, "Field required");
      return c.json({ agent_ids: addFrom(parse(await given.text()), wishesIn(form)) });
    });
};
