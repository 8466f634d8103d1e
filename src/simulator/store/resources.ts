import type { Database } from "bun:sqlite";

/** What an agent may be given, each as the JSON that the API shows. */

export type Kind = "block" | "tool" | "folder" | "file" | "archive" | "passage" | "identity" | "mcp_server";

export type Resource = { readonly id: string; readonly [key: string]: unknown };

const read = (row: { body: string }): Resource => JSON.parse(row.body) as Resource;

export const resourcesIn = (db: Database) => ({
  insert: (kind: Kind, resource: Resource): void => {
    db.query("INSERT INTO resources (kind, id, body) VALUES (?1, ?2, ?3)").run(
      kind,
      resource.id,
      JSON.stringify(resource),
    );
  },

  find: (kind: Kind, id: string): Resource | null => {
    const row = db
      .query<{ body: string }, [string, string]>("SELECT body FROM resources WHERE kind = ?1 AND id = ?2")
      .get(kind, id);
    return row === null ? null : read(row);
  },

  /** All of a kind, oldest first: a demo has few, and callers choose among them. */
  list: (kind: Kind): readonly Resource[] =>
    db.query<{ body: string }, [string]>("SELECT body FROM resources WHERE kind = ?1 ORDER BY n").all(kind).map(read),

  update: (resource: Resource): void => {
    db.query("UPDATE resources SET body = ?2 WHERE id = ?1").run(resource.id, JSON.stringify(resource));
  },

  /** With every link to it. */
  remove: (id: string): void => {
    db.query("DELETE FROM links WHERE id = ?1 OR owner = ?1").run(id);
    db.query("DELETE FROM resources WHERE id = ?1").run(id);
  },
});
