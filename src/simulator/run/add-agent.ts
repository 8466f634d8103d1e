import type { Simulation } from "../simulation.ts";
import type { Kind, Resource } from "../store/resources.ts";
import { usualTools } from "../wire/base-tools.ts";
import { blockState, type BlockFields } from "../wire/block.ts";
import { newId } from "../wire/ids.ts";
import { notUnique, refuse } from "../wire/refusals.ts";
import { beginConversation } from "./prompt.ts";

/** A new agent with what it is given, and its default conversation. */

export type NewAgent = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly blocks?: readonly BlockFields[];
  /** Ids of things that exist. */
  readonly attached?: readonly { readonly kind: Kind; readonly ids: readonly string[] }[];
  /** Names of tools, those that every agent has among them. */
  readonly tools?: readonly string[];
  /** The prompt that came with it instead of one compiled here; null is none, and then it cannot speak. */
  readonly prompt?: string | null;
};

/** Throws 409 when two blocks of an agent have one label. */
export const attachBlock = ({ store }: Simulation, agentId: string, block: Resource): void => {
  const others = store.links.of(agentId, "block");
  if (others.some(({ id, label }) => id !== block.id && label === block["label"])) throw notUnique("Agent");
  store.links.add(agentId, "block", block.id);
};

export const attachTools = ({ store }: Simulation, agentId: string, names: readonly string[]): void => {
  const tools = store.resources.list("tool");
  for (const name of names) {
    const tool = tools.find((one) => one["name"] === name);
    if (tool === undefined) throw refuse(400, `INVALID_ARGUMENT: Tool ${name} not found`);
    store.links.add(agentId, "tool", tool.id);
  }
};

export const addAgent = (simulation: Simulation, agent: NewAgent): string => {
  const { store, now } = simulation;
  const id = newId("agent");
  const { name, tags, fields, blocks = [], attached = [], tools = usualTools } = agent;
  store.commit(() => {
    store.agents.insert({ id, name, tags, fields, createdAt: now() });
    for (const one of blocks) {
      const block = blockState(one, true);
      store.resources.insert("block", block);
      attachBlock(simulation, id, block);
    }
    attachTools(simulation, id, tools);
    for (const { kind, ids } of attached) for (const other of ids) store.links.add(id, kind, other);
    if (agent.prompt !== null) beginConversation(simulation, { agentId: id, conversationId: null }, agent.prompt);
  });
  return id;
};
