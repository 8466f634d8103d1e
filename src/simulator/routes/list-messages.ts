import { type Context, Hono } from "hono";
import type { Simulation } from "../simulation.ts";
import type { MessageFilter } from "../store/messages.ts";
import { idIn, noCursor, refuse } from "../wire/refusals.ts";
import { directAgent } from "./place.ts";
import { isAscending, limitOf, queryOf } from "./request.ts";

/**
 * Listings of messages, with the order each route is known for: newest first, the agents route answers the newest ones
 * *oldest first*, the conversations route newest first. Cursors are absolute on both, `limit` counts stored messages, and
 * a stored message may be several here.
 */

const filterOf = (c: Context): MessageFilter => ({
  before: queryOf(c, "before"),
  after: queryOf(c, "after"),
  ascending: isAscending(c),
  limit: limitOf(c, 100),
});

/** `lists` are JSON lists, joined without being read unless the client wants some types only. */
export const messageList = (c: Context, lists: readonly string[]): Response => {
  const types = new Set(c.req.queries("include_return_message_types"));
  if (types.size === 0) {
    const json = lists.map((list) => list.slice(1, -1)).join(",");
    return c.body(`[${json}]`, 200, { "content-type": "application/json" });
  }
  const messages = lists.flatMap((list) => JSON.parse(list) as { message_type: string }[]);
  return c.json(messages.filter(({ message_type }) => types.has(message_type)));
};

export const messageListings = (simulation: Simulation): Hono => {
  const { messages, agents } = simulation.store;

  const refuseBadCursor = ({ before, after }: MessageFilter, agentId: string): void => {
    for (const id of [after, before]) if (id !== null && !messages.exists(id)) throw noCursor(id, agentId);
  };

  /** `conversation` undefined is every conversation of the agent. */
  const ofAgent = (c: Context, agentId: string, conversation: string | undefined): Response => {
    if (agents.find(agentId) === null) throw refuse(404, "Agent not found");
    const filter = filterOf(c);
    refuseBadCursor(filter, agentId);
    const lists = messages.list(
      conversation === undefined
        ? { of: "agent", agentId }
        : { of: "conversation", agentId, conversationId: conversation === "default" ? null : conversation },
      filter,
    );
    return messageList(c, filter.ascending ? lists : lists.toReversed());
  };

  return new Hono()
    .get("/v1/agents/:agent/messages", (c) =>
      ofAgent(c, idIn("agent", "agent_id", c.req.param("agent")), c.req.query("conversation_id")),
    )
    .get("/v1/conversations/:conversation/messages", (c) => {
      const conversationId = c.req.param("conversation");
      const direct = directAgent(conversationId, queryOf(c, "agent_id"));
      if (direct !== null) return ofAgent(c, direct, "default");
      const row = simulation.store.conversations.find(conversationId);
      // What is not there is an empty list here, also a bare `default`.
      if (row === null) return c.json([]);
      return messageList(c, messages.list({ of: "conversation", agentId: row.agentId, conversationId }, filterOf(c)));
    });
};
