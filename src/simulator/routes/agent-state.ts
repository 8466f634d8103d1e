import type { Context } from "hono";
import type { Simulation } from "../simulation.ts";
import type { AgentRow } from "../store/agents.ts";
import { agentState } from "../wire/states.ts";
import { isSdk } from "./request.ts";

/** How an agent is shown: SDK clients see only the relations they ask for, all others see them all. */

export const relations: ReadonlySet<string> = new Set(
  "blocks tools tags identities secrets sources managed_group pending_approval"
    .split(" ")
    .map((name) => `agent.${name}`),
);

const inContext = 100;

export const agentShower = ({ store }: Simulation) => {
  /** What a change answers holds all relations. */
  return (c: Context, row: AgentRow, everything = false) => {
    const include = everything || !isSdk(c) ? relations : new Set(c.req.queries("include"));
    const where = { agentId: row.id, conversationId: null };
    return agentState(row, {
      messageIds: store.messages.newestIds(where, inContext),
      include,
      pendingApproval: store.approvals.find(where)?.request ?? null,
      blocks: store.links.of(row.id, "block"),
      tools: store.links.of(row.id, "tool"),
      folders: store.links.of(row.id, "folder"),
      identities: store.links.of(row.id, "identity"),
    });
  };
};
