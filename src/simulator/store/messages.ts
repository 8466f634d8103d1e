import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { WireMessage } from "../wire/messages.ts";

/** Which conversation of an agent: null is the default one. */
export type ConversationOf = { readonly agentId: string; readonly conversationId: string | null };

export type Role = "system" | "user" | "assistant" | "approval" | "tool";

/** One message of the context and the wire messages it expands to; all of them carry its id. */
export type StoredMessage = { readonly role: Role; readonly parts: readonly WireMessage[] };

export type MessageFilter = {
  readonly before: string | null;
  readonly after: string | null;
  readonly ascending: boolean;
  readonly limit: number;
};

export type MessageScope =
  | { readonly of: "agent"; readonly agentId: string }
  | ({ readonly of: "conversation" } & ConversationOf)
  | { readonly of: "run"; readonly runId: string };

type Bodies = { body: string };

const scopeTest = (scope: MessageScope): { readonly sql: string; readonly values: SQLQueryBindings[] } => {
  switch (scope.of) {
    case "agent":
      return { sql: "agent_id = ?", values: [scope.agentId] };
    case "conversation":
      return { sql: "conversation_id IS ? AND agent_id = ?", values: [scope.conversationId, scope.agentId] };
    case "run":
      return { sql: "run = (SELECT n FROM runs WHERE id = ?)", values: [scope.runId] };
  }
};

export const messagesIn = (db: Database) => {
  const nOf = (id: string): number | null =>
    db.query<{ n: number }, [string]>("SELECT n FROM messages WHERE id = ?1").get(id)?.n ?? null;

  return {
    append: ({ agentId, conversationId }: ConversationOf, messages: readonly StoredMessage[]): void => {
      const insert = db.query(
        "INSERT INTO messages (id, agent_id, conversation_id, run, role, body) VALUES (?1, ?2, ?3, (SELECT n FROM runs WHERE id = ?4), ?5, ?6)",
      );
      for (const { role, parts } of messages) {
        const first = parts[0];
        if (first === undefined) continue;
        insert.run(first.id, agentId, conversationId, first.run_id, role, JSON.stringify(parts));
      }
    },

    exists: (id: string): boolean => nOf(id) !== null,

    /**
     * JSON lists, one per stored message, in the order asked for. Cursors are absolute: `before` is older and `after` is
     * newer whatever the order, and an unknown one is no cursor.
     */
    list: (scope: MessageScope, { before, after, ascending, limit }: MessageFilter): readonly string[] => {
      const { sql, values } = scopeTest(scope);
      const tests = [sql];
      const older = before === null ? null : nOf(before);
      const newer = after === null ? null : nOf(after);
      if (older !== null) {
        tests.push("n < ?");
        values.push(older);
      }
      if (newer !== null) {
        tests.push("n > ?");
        values.push(newer);
      }
      const order = ascending ? "ASC" : "DESC";
      return db
        .query<Bodies, SQLQueryBindings[]>(
          `SELECT body FROM messages WHERE ${tests.join(" AND ")} ORDER BY n ${order} LIMIT ?`,
        )
        .all(...values, limit)
        .map(({ body }) => body);
    },

    /** Ids of the newest messages, oldest first. */
    newestIds: ({ agentId, conversationId }: ConversationOf, limit: number): readonly string[] =>
      db
        .query<{ id: string }, [string | null, string, number]>(
          "SELECT id FROM messages WHERE conversation_id IS ?1 AND agent_id = ?2 ORDER BY n DESC LIMIT ?3",
        )
        .all(conversationId, agentId, limit)
        .map(({ id }) => id)
        .toReversed(),

    /** The newest messages with their roles, newest first. */
    newest: ({ agentId, conversationId }: ConversationOf, limit: number): readonly (Bodies & { role: Role })[] =>
      db
        .query<Bodies & { role: Role }, [string | null, string, number]>(
          "SELECT role, body FROM messages WHERE conversation_id IS ?1 AND agent_id = ?2 ORDER BY n DESC LIMIT ?3",
        )
        .all(conversationId, agentId, limit),

    /** What people and agents said, oldest first; `conversation` undefined is all of them, null the default one. */
    spoken: (agentId: string | null, conversation: string | null | undefined, limit: number) => {
      const tests = ["role IN ('user', 'assistant', 'approval')"];
      const values: SQLQueryBindings[] = [];
      if (conversation !== undefined) {
        tests.push("conversation_id IS ?");
        values.push(conversation);
      }
      if (agentId !== null) {
        tests.push("agent_id = ?");
        values.push(agentId);
      }
      return db
        .query<Bodies & { conversation_id: string | null }, SQLQueryBindings[]>(
          `SELECT conversation_id, body FROM messages WHERE ${tests.join(" AND ")} ORDER BY n LIMIT ?`,
        )
        .all(...values, limit);
    },
  };
};
