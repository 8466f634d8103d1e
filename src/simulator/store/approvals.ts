import type { Database } from "bun:sqlite";
import type { ToolCall, WireMessage } from "../wire/messages.ts";
import type { ConversationOf } from "./messages.ts";

/** The tool calls a conversation waits for: all of them are answered at once. */
export type PendingApproval = {
  readonly request: WireMessage & { readonly tool_calls: readonly ToolCall[]; readonly step_id: string };
  /** What the answer has to repeat at its end. */
  readonly tail: string;
};

const keyOf = ({ agentId, conversationId }: ConversationOf): string => conversationId ?? agentId;

export const approvalsIn = (db: Database) => ({
  insert: (where: ConversationOf, { request, tail }: PendingApproval): void => {
    db.query("INSERT INTO approvals (conversation, agent_id, request, tail) VALUES (?1, ?2, ?3, ?4)").run(
      keyOf(where),
      where.agentId,
      JSON.stringify(request),
      tail,
    );
  },

  find: (where: ConversationOf): PendingApproval | null => {
    const row = db
      .query<{ request: string; tail: string }, [string]>("SELECT request, tail FROM approvals WHERE conversation = ?1")
      .get(keyOf(where));
    // Written by `insert` above and by nothing else.
    return row === null ? null : { request: JSON.parse(row.request) as PendingApproval["request"], tail: row.tail };
  },

  remove: (where: ConversationOf): void => {
    db.query("DELETE FROM approvals WHERE conversation = ?1").run(keyOf(where));
  },
});
