/** API tokens, stored as hashes. */
import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { tokens } from "./schema.ts";

/** What a token may: talk to agents, look at what there is, have something said in chats, everything. */
export const scopes = ["chat", "read", "send", "admin"] as const;
export type Scope = (typeof scopes)[number];

export type Token = typeof tokens.$inferSelect;

type NewToken = {
  readonly name: string;
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly at: number;
};

type Bounds = {
  /** Ids of the only agents it may have to do with. */
  readonly agents?: readonly string[];
  /** 0 is no limit; without it the configuration's counts. */
  readonly ratePerMinute?: number;
  readonly expiresAt?: number;
};

const insertToken = (db: Db, args: NewToken & Bounds): Token =>
  db
    .insert(tokens)
    .values({
      owner: "house",
      name: args.name,
      hash: args.hash,
      scopes: JSON.stringify(args.scopes),
      agents: args.agents === undefined ? null : JSON.stringify(args.agents),
      ratePerMinute: args.ratePerMinute ?? null,
      createdAt: args.at,
      expiresAt: args.expiresAt ?? null,
    })
    .returning()
    .get();

/** A new token; null when one that is not revoked has its name. */
export const createToken = (db: Db, args: NewToken & Bounds): Token | null => {
  const sameName = and(eq(tokens.name, args.name), isNull(tokens.revokedAt));
  const isTaken = db.select({ id: tokens.id }).from(tokens).where(sameName).get() !== undefined;
  return isTaken ? null : insertToken(db, args);
};

/** The token of this name with this secret: its id outlives a change of the secret, so its chats stay its own. */
export const ensureToken = (db: Db, args: NewToken): Token => {
  const known = db.select().from(tokens).where(eq(tokens.name, args.name)).get();
  const clash = tokenByHash(db, args.hash);
  // Two names for one secret: it works under the name it has.
  if (clash && clash.id !== known?.id) return clash;
  if (!known) return insertToken(db, args);
  return db
    .update(tokens)
    .set({ hash: args.hash, scopes: JSON.stringify(args.scopes), revokedAt: null })
    .where(eq(tokens.id, known.id))
    .returning()
    .get();
};

/** Answers false when there is no such token that still works. */
export const revokeToken = (db: Db, args: { readonly id: number; readonly at: number }): boolean =>
  db
    .update(tokens)
    .set({ revokedAt: args.at })
    .where(and(eq(tokens.id, args.id), isNull(tokens.revokedAt)))
    .returning()
    .all().length > 0;

const selectToken = prepared((db) =>
  db
    .select()
    .from(tokens)
    .where(eq(tokens.hash, arg("hash")))
    .prepare(),
);

export const tokenByHash = (db: Db, hash: string): Token | undefined => selectToken(db).get({ hash });

export const listTokens = (db: Db): readonly Token[] => db.select().from(tokens).orderBy(tokens.id).all();
