/** Accounts and the agents they may use. */
import { and, asc, desc, eq, isNotNull, isNull, notInArray } from "drizzle-orm";
import type { Db } from "./db.ts";
import { writeMeta } from "./meta.ts";
import { arg, prepared } from "./prepared.ts";
import { accounts, agents, bindings, bots, chats, conversations } from "./schema.ts";

export type Account = typeof accounts.$inferSelect;
export type Agent = typeof agents.$inferSelect;

/** The account of this owner on this server, made at first use. */
export const ensureAccount = (
  db: Db,
  args: { readonly owner: string; readonly server: string; readonly at: number },
): Account => {
  const { owner, server } = args;
  const known = db
    .select()
    .from(accounts)
    .where(and(eq(accounts.owner, owner), eq(accounts.server, server)))
    .get();
  return known ?? db.insert(accounts).values({ owner, server, createdAt: args.at }).returning().get();
};

/**
 * The server rejected the key: the account's queue stands still. Answers true when this is news: the account has worked
 * since it was rejected last, or was never rejected before.
 */
export const pauseAccount = (
  db: Db,
  args: { readonly account: number; readonly code: string; readonly at: number },
): boolean => {
  const isNews = accountById(db, args.account)?.pauseCode == null;
  db.update(accounts)
    .set({ pausedAt: args.at, pauseCode: args.code })
    .where(and(eq(accounts.id, args.account), isNull(accounts.pausedAt)))
    .run();
  return isNews;
};

/** Tries the account again; whether it works is known when it runs something. Answers false when it was not paused. */
export const resumeAccount = (db: Db, args: { readonly account: number }): boolean =>
  db
    .update(accounts)
    .set({ pausedAt: null })
    .where(and(eq(accounts.id, args.account), isNotNull(accounts.pausedAt)))
    .returning()
    .all().length > 0;

/** Deletes all that was sealed with a key that is lost, and seals the canary anew. Answers how many secrets went. */
export const forgetSecrets = (db: Db, args: { readonly canary: string }): number => {
  writeMeta(db, { key: "canary", value: args.canary });
  return db.update(accounts).set({ secret: null }).where(isNotNull(accounts.secret)).returning().all().length;
};

/** The agents an account may use from now on, the default first; one that is not among them is forgotten. */
export const rememberAgents = (
  db: Db,
  args: { readonly account: number; readonly owner: string; readonly agents: readonly { id: string; name: string }[] },
): void => {
  const { account, owner } = args;
  const ids = args.agents.map((agent) => agent.id);
  db.delete(agents)
    .where(and(eq(agents.accountId, account), notInArray(agents.agentId, ids)))
    .run();
  for (const [position, { id, name }] of args.agents.entries()) {
    db.insert(agents)
      .values({ owner, accountId: account, agentId: id, name, position })
      .onConflictDoUpdate({ target: [agents.accountId, agents.agentId], set: { name, position } })
      .run();
  }
};

export const setLastRun = (
  db: Db,
  args: { readonly account: number; readonly agentId: string; readonly runId: string },
): void => {
  db.update(agents)
    .set({ lastRunId: args.runId })
    .where(and(eq(agents.accountId, args.account), eq(agents.agentId, args.agentId)))
    .run();
};

const selectAgents = prepared((db) =>
  db
    .select()
    .from(agents)
    .where(eq(agents.accountId, arg("account")))
    .orderBy(asc(agents.position))
    .prepare(),
);

export const agentsOfAccount = (db: Db, account: number): readonly Agent[] => selectAgents(db).all({ account });

export const accountById = (db: Db, id: number): Account | undefined =>
  db.select().from(accounts).where(eq(accounts.id, id)).get();

/** The bot of this slug and platform identity, made at first use. */
export const ensureBot = (
  db: Db,
  args: { readonly channel: string; readonly slug: string; readonly identity: string; readonly at: number },
): typeof bots.$inferSelect => {
  const { channel, slug, identity, at } = args;
  const known = db
    .select()
    .from(bots)
    .where(and(eq(bots.slug, slug), eq(bots.identity, identity)))
    .get();
  return known ?? db.insert(bots).values({ channel, slug, identity, createdAt: at }).returning().get();
};

const selectBot = prepared((db) =>
  db
    .select()
    .from(bots)
    .where(eq(bots.id, arg("id")))
    .prepare(),
);

/** The bot that held this slug last. */
export const botBySlug = (db: Db, channel: string, slug: string) =>
  db
    .select()
    .from(bots)
    .where(and(eq(bots.channel, channel), eq(bots.slug, slug)))
    .orderBy(desc(bots.id))
    .limit(1)
    .get();

export const botById = (db: Db, id: number) => selectBot(db).get({ id });

const selectChat = prepared((db) =>
  db
    .select()
    .from(chats)
    .where(eq(chats.id, arg("id")))
    .prepare(),
);

export const chatById = (db: Db, id: number) => selectChat(db).get({ id });

/**
 * The agent of a conversation that was used here before; undefined when it is not known. With `tokenId` only what a chat
 * of that token has made or bound is known.
 */
export const agentOfConversation = (
  db: Db,
  { server, upstreamId, tokenId }: { readonly server: string; readonly upstreamId: string; readonly tokenId?: number },
): string | undefined => {
  const named = and(eq(conversations.server, server), eq(conversations.upstreamId, upstreamId));
  const agent = { agentId: conversations.agentId };
  if (tokenId === undefined) return db.select(agent).from(conversations).where(named).limit(1).get()?.agentId;
  return db
    .select(agent)
    .from(conversations)
    .innerJoin(bindings, eq(bindings.conversationId, conversations.id))
    .innerJoin(chats, eq(chats.id, bindings.chatId))
    .where(and(named, eq(chats.tokenId, tokenId)))
    .limit(1)
    .get()?.agentId;
};
