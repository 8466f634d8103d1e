/** Messages that were accepted while nobody knew an agent are given the one they are for, as they would have been at once. */
import { and, eq, isNull, or } from "drizzle-orm";
import { chatById } from "./accounts.ts";
import { type Addressee, addresseeIn, resolveLane, unknownAgent } from "./bindings.ts";
import type { Db } from "./db.ts";
import { toOwnAgent } from "./own-agents.ts";
import { turns } from "./schema.ts";

/** What waits for an agent was for no server's in particular: it waits for one of this account, whichever was asked before. */
export const awaitAgentOf = (db: Db, args: { readonly account: number; readonly owner: string }): void => {
  db.$client
    .query<null, [number, string, string]>(
      `UPDATE turns SET account_id = ?1 WHERE finished_at IS NULL AND conversation_id IN (
         SELECT c.id FROM accounts a JOIN conversations c ON c.server = a.server AND c.agent_id = ?3
         WHERE a.owner = ?2 AND a.id <> ?1)`,
    )
    .run(args.account, args.owner, unknownAgent.agentId);
};

/**
 * The turn that has found it goes back to the queue, in the lane of that agent, where another turn may run. Those that
 * wait behind it in its chat stand in that lane from now on as well; whom the chat chooses later is not for them.
 */
export const giveAgent = (
  db: Db,
  args: { readonly turn: number; readonly to: Addressee; readonly at: number },
): void => {
  const { at } = args;
  const found = db
    .select()
    .from(turns)
    .where(and(eq(turns.id, args.turn), isNull(turns.finishedAt)))
    .get();
  const chat = found && chatById(db, found.chatId);
  if (!found || !chat) return;
  const wait = and(
    eq(turns.chatId, chat.id),
    isNull(turns.finishedAt),
    eq(turns.agentId, unknownAgent.agentId),
    or(eq(turns.id, found.id), eq(turns.state, "queued")),
  );
  for (const { id, share, personId, dueAt } of db
    .select()
    .from(turns)
    .where(wait)
    .orderBy(turns.id)
    .limit(1_000)
    .all()) {
    const to = toOwnAgent(db, addresseeIn(db, chat, args.to), { owner: chat.owner, scope: share, at });
    const person = chat.kind === "direct" ? (personId ?? undefined) : undefined;
    const { accountId, agentId, agentName } = to;
    const conversationId = resolveLane(db, chat, to, at, person);
    const again = id === found.id ? ({ state: "queued", leaseBoot: null, dueAt: at } as const) : { dueAt };
    db.update(turns)
      .set({ accountId, agentId, agentName, conversationId, ...again })
      .where(eq(turns.id, id))
      .run();
  }
};
