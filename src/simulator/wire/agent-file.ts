import type { AgentRow } from "../store/agents.ts";
import type { StoredMessage } from "../store/messages.ts";
import type { Resource } from "../store/resources.ts";
import type { WireMessage } from "./messages.ts";
import { demoModel } from "./states.ts";

/** An agent as a file: with its blocks, tools and messages, under ids of the file's own. */

export type AgentParts = {
  readonly agent: AgentRow;
  readonly blocks: readonly Resource[];
  readonly tools: readonly Resource[];
  readonly messages: readonly StoredMessage[];
};

/** `agent-0`, `block-1`: the place in the file. */
const placed = (kind: string, things: readonly Resource[]): readonly Resource[] =>
  things.map((thing, at) => ({ ...thing, id: `${kind}-${at}` }));

export const agentFile = ({ agent, blocks, tools, messages }: AgentParts, at: string) => {
  const placedBlocks = placed("block", blocks);
  const placedTools = placed("tool", tools);
  return {
    agents: [
      {
        ...agent.fields,
        // The handle is in the configuration alone.
        model: null,
        llm_config: { handle: agent.fields["model"] ?? demoModel },
        id: "agent-0",
        name: agent.name,
        tags: agent.tags,
        memory_blocks: [],
        tools: [],
        tool_ids: placedTools.map(({ id }) => id),
        block_ids: placedBlocks.map(({ id }) => id),
        in_context_message_ids: messages.map((_, place) => `message-${place}`),
        messages: messages.map(({ role, parts }, place) => ({
          type: "message",
          id: `message-${place}`,
          role,
          content: [{ type: "text", text: String(parts[0]?.["content"] ?? "") }],
          parts,
        })),
        files_agents: [],
        group_ids: [],
      },
    ],
    groups: [],
    blocks: placedBlocks,
    files: [],
    sources: [],
    tools: placedTools,
    mcp_servers: [],
    skills: [],
    metadata: { revision_id: null },
    created_at: at,
  };
};

export type FiledMessage = {
  readonly role: StoredMessage["role"];
  readonly content: readonly { readonly text: string }[];
  /** As this server keeps it; a message that somebody else wrote has none. */
  readonly parts?: readonly WireMessage[];
};
