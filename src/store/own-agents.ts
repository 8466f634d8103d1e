/**
 * Agents that belong to one person or group alone, so that strangers share no memory. In the transaction that accepts a
 * message only a row is made; the agent follows at the first turn, and until then rows call it `own:<id>`.
 */
import { randomBytes } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { type Addressee, isKnown } from "./bindings.ts";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { accounts, bindings, conversations, ownAgents, turns } from "./schema.ts";

export type OwnAgent = typeof ownAgents.$inferSelect;

const selectOwn = prepared((db) =>
  db
    .select()
    .from(ownAgents)
    .where(
      and(
        eq(ownAgents.accountId, arg("account")),
        eq(ownAgents.sourceAgentId, arg("source")),
        eq(ownAgents.scope, arg("scope")),
      ),
    )
    .prepare(),
);

/** Whether a name is one of these: such an agent is nobody else's to choose, whichever lettabox had it made. */
export const isOwnAgentName = (name: string): boolean => / \((?:person|chat):\d+, [0-9a-f]{12}\)$/.test(name);

const placeholder = (id: number): string => `own:${id}`;

/** Where nobody shares an agent, the same addressee with the one that is this scope's own, made from the other. */
export const toOwnAgent = <To extends Addressee>(
  db: Db,
  to: To,
  whose: { readonly owner: string; readonly scope: string; readonly at: number },
): To => {
  if (!to.own || !isKnown(to)) return to;
  const { owner, scope, at } = whose;
  const known = selectOwn(db).get({ account: to.accountId, source: to.agentId, scope });
  const row =
    known ??
    db
      .insert(ownAgents)
      .values({
        owner,
        accountId: to.accountId,
        sourceAgentId: to.agentId,
        scope,
        // By this name it is found again should the answer to its making be lost, so nobody else may have it.
        name: `${to.agentName} (${scope}, ${randomBytes(6).toString("hex")})`,
        createdAt: at,
      })
      .returning()
      .get();
  return { ...to, agentId: row.agentId ?? placeholder(row.id) };
};

/** The row behind `own:<id>`; undefined for any other agent. */
export const ownAgentOf = (db: Db, agentId: string): OwnAgent | undefined => {
  const id = /^own:(\d+)$/.exec(agentId)?.[1];
  return id === undefined
    ? undefined
    : db
        .select()
        .from(ownAgents)
        .where(eq(ownAgents.id, Number(id)))
        .get();
};

/** The agent was made: everything that waited for it goes to it. */
export const adoptAgent = (db: Db, args: { readonly own: number; readonly agentId: string }): void => {
  const { own, agentId } = args;
  const waiting = placeholder(own);
  const row = db.select().from(ownAgents).where(eq(ownAgents.id, own)).get();
  if (!row || row.agentId !== null) return;
  db.update(ownAgents).set({ agentId }).where(eq(ownAgents.id, own)).run();
  // Conversations are found by their server.
  const server = db.select({ server: accounts.server }).from(accounts).where(eq(accounts.id, row.accountId)).get();
  const waits = and(eq(conversations.server, server?.server ?? ""), eq(conversations.agentId, waiting));
  const lanes = db.update(conversations).set({ agentId }).where(waits).returning().all();
  for (const lane of lanes) {
    db.update(bindings).set({ agentId }).where(eq(bindings.conversationId, lane.id)).run();
    const open = and(eq(turns.conversationId, lane.id), isNull(turns.finishedAt));
    db.update(turns).set({ agentId }).where(open).run();
  }
};
