/** The run that a post has made: known with the first ping, and stored before anything else happens. */
import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { accounts, agents, posts, turns } from "./schema.ts";

const updatePostRun = prepared((db) =>
  db
    .update(posts)
    .set({ runId: sql`${arg("runId")}`, seq: sql`${arg("seq")}` })
    .where(eq(posts.id, arg("post")))
    .prepare(),
);

const updateTurnRun = prepared((db) =>
  db
    .update(turns)
    .set({ runId: sql`${arg("runId")}`, stalledBoots: 0 })
    .where(eq(turns.id, arg("turn")))
    .returning({ accountId: turns.accountId, agentId: turns.agentId })
    .prepare(),
);

const updateLastRun = prepared((db) =>
  db
    .update(agents)
    .set({ lastRunId: sql`${arg("runId")}` })
    .where(and(eq(agents.accountId, arg("account")), eq(agents.agentId, arg("agentId"))))
    .prepare(),
);

/** A run proves that the account works: the next rejection is news again. */
const trustAccount = prepared((db) =>
  db
    .update(accounts)
    .set({ pauseCode: null })
    .where(and(eq(accounts.id, arg("account")), isNotNull(accounts.pauseCode), isNull(accounts.pausedAt)))
    .prepare(),
);

/** The run of a post became known: stored before anything else happens with it. */
export const recordRun = (
  db: Db,
  args: { readonly turn: number; readonly post: number; readonly runId: string; readonly seq?: number },
): void => {
  const { runId } = args;
  updatePostRun(db).run({ post: args.post, runId, seq: args.seq ?? null });
  const turn = updateTurnRun(db).get({ turn: args.turn, runId });
  if (turn?.accountId == null || turn.agentId == null) return;
  updateLastRun(db).run({ account: turn.accountId, agentId: turn.agentId, runId });
  trustAccount(db).run({ account: turn.accountId });
};
