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

/** `n` is the row. */
export type ContextRow = { readonly n: number; readonly id: string; readonly role: Role; readonly body: string };

export type MessageScope =
  | { readonly of: "agent"; readonly agentId: string }
  | ({ readonly of: "conversation" } & ConversationOf)
  | { readonly of: "run"; readonly runId: string };

type Bodies = { body: string };

/** A forked conversation shares its messages: each is a row of its own there, the same id with this behind it. */
const copyMark = "@";

const scopeTest = (scope: MessageScope): { readonly sql: string; readonly values: SQLQueryBindings[] } => {
  switch (scope.of) {
    case "agent":
      return { sql: `agent_id = ? AND instr(id, '${copyMark}') = 0`, values: [scope.agentId] };
    case "conversation":
      return {
        sql: "conversation_id IS ? AND agent_id = ? AND listed = 1",
        values: [scope.conversationId, scope.agentId],
      };
    case "run":
      return { sql: "run = (SELECT n FROM runs WHERE id = ?)", values: [scope.runId] };
  }
};

export const messagesIn = (db: Database) => {
  const rowOf = (id: string): number | null =>
    db.query<{ n: number }, [string]>("SELECT n FROM messages WHERE id = ?1").get(id)?.n ?? null;

  const nOf = (id: string, scope: MessageScope): number | null =>
    (scope.of === "conversation" ? rowOf(`${id}${copyMark}${scope.conversationId ?? ""}`) : null) ?? rowOf(id);

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

    exists: (id: string): boolean => rowOf(id) !== null,

    /**
     * JSON lists, one per stored message, in the order asked for. Cursors are absolute: `before` is older and `after` is
     * newer whatever the order, and an unknown one is no cursor.
     */
    list: (scope: MessageScope, { before, after, ascending, limit }: MessageFilter): readonly string[] => {
      const { sql, values } = scopeTest(scope);
      const tests = [sql];
      const older = before === null ? null : nOf(before, scope);
      const newer = after === null ? null : nOf(after, scope);
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

    /** Ids of the newest messages that the model is shown, oldest first. */
    newestIds: ({ agentId, conversationId }: ConversationOf, limit: number): readonly string[] =>
      db
        .query<{ id: string }, [string | null, string, number]>(
          "SELECT id FROM messages WHERE conversation_id IS ?1 AND agent_id = ?2 AND in_context = 1 ORDER BY n DESC LIMIT ?3",
        )
        .all(conversationId, agentId, limit)
        .map(({ id }) => id.split(copyMark)[0] ?? id)
        .toReversed(),

    /** All that the model is shown, oldest first, the compiled prompt before everything. */
    context: ({ agentId, conversationId }: ConversationOf): readonly ContextRow[] =>
      db
        .query<ContextRow, [string | null, string]>(
          "SELECT n, id, role, body FROM messages WHERE conversation_id IS ?1 AND agent_id = ?2 AND in_context = 1 ORDER BY role <> 'system' OR run IS NOT NULL, n",
        )
        .all(conversationId, agentId),

    /** The number of the newest message of all: what is stored later has a higher one. */
    newestN: (): number => db.query<{ n: number }, []>("SELECT coalesce(max(n), 0) AS n FROM messages").get()?.n ?? 0,

    /** Takes what others stored since `after` out of the context: a run writes back the context that it began with. */
    overwriteContext: ({ agentId, conversationId }: ConversationOf, runId: string, after: number): void => {
      db.query(
        "UPDATE messages SET in_context = 0 WHERE n > ?1 AND conversation_id IS ?2 AND agent_id = ?3 AND in_context = 1 AND run IS NOT NULL AND run <> (SELECT n FROM runs WHERE id = ?4)",
      ).run(after, conversationId, agentId, runId);
    },

    leaveContext: (ns: readonly number[]): void => {
      for (const n of ns) db.query("UPDATE messages SET in_context = 0 WHERE n = ?1").run(n);
    },

    rewrite: (n: number, parts: readonly WireMessage[]): void => {
      db.query("UPDATE messages SET body = ?2 WHERE n = ?1").run(n, JSON.stringify(parts));
    },

    /** The same messages in another conversation as well. */
    share: (rows: readonly ContextRow[], { agentId, conversationId }: ConversationOf): void => {
      for (const { n, id } of rows) {
        db.query(
          "INSERT INTO messages (id, agent_id, conversation_id, run, role, body) SELECT ?2, ?3, ?4, NULL, role, body FROM messages WHERE n = ?1",
        ).run(n, `${id.split(copyMark)[0]}${copyMark}${conversationId}`, agentId, conversationId);
        db.query("UPDATE messages SET listed = 0 WHERE n = ?1 AND conversation_id IS NULL").run(n);
      }
    },

    removeAll: ({ agentId, conversationId }: ConversationOf): void => {
      db.query("DELETE FROM messages WHERE conversation_id IS ?1 AND agent_id = ?2").run(conversationId, agentId);
    },

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
