import type { Database } from "bun:sqlite";
import type { Kind, Resource } from "./resources.ts";

/** What is attached to what, in the order of attaching. */
export const linksIn = (db: Database) => ({
  /** Attaching twice is attaching once. */
  add: (owner: string, kind: Kind, id: string): void => {
    db.query("INSERT OR IGNORE INTO links (owner, kind, id) VALUES (?1, ?2, ?3)").run(owner, kind, id);
  },

  /** Whether it was attached. */
  remove: (owner: string, id: string): boolean =>
    db.query("DELETE FROM links WHERE owner = ?1 AND id = ?2").run(owner, id).changes > 0,

  removeAll: (owner: string, kind: Kind): void => {
    db.query("DELETE FROM links WHERE owner = ?1 AND kind = ?2").run(owner, kind);
  },

  /** The resources of a kind that the owner has. */
  of: (owner: string, kind: Kind): readonly Resource[] =>
    db
      .query<{ body: string }, [string, string]>(
        "SELECT body FROM links JOIN resources ON resources.id = links.id WHERE links.owner = ?1 AND links.kind = ?2 ORDER BY links.n",
      )
      .all(owner, kind)
      .map(({ body }) => JSON.parse(body) as Resource),

  /** Who has this. */
  owners: (id: string): readonly string[] =>
    db
      .query<{ owner: string }, [string]>("SELECT owner FROM links WHERE id = ?1 ORDER BY n")
      .all(id)
      .map(({ owner }) => owner),
});
