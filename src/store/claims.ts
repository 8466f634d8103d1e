/** How a bot gets its operators: whoever sends its claim code in a direct chat is one from then on. */
import { asc, eq } from "drizzle-orm";
import { selectOperator } from "./access-queries.ts";
import { putAudit } from "./audit.ts";
import type { Db } from "./db.ts";
import { putGrant } from "./grants.ts";
import { claims, operators } from "./schema.ts";

/** A code that takes the place of the one before. Only its hash is kept. */
export const makeClaim = (
  db: Db,
  args: { readonly bot: number; readonly codeHash: string; readonly at: number },
): void => {
  const { bot: botId, codeHash, at: createdAt } = args;
  db.insert(claims)
    .values({ botId, owner: "house", codeHash, createdAt })
    .onConflictDoUpdate({ target: claims.botId, set: { codeHash, createdAt } })
    .run();
};

/** Uses the bot's code up. Answers whether the person was an operator already. */
export const useClaim = (
  db: Db,
  args: { readonly bot: number; readonly person: number; readonly chat: number; readonly at: number },
): { readonly again: boolean } => {
  const { bot, person, chat, at } = args;
  db.delete(claims).where(eq(claims.botId, bot)).run();
  const again = selectOperator(db).get({ bot, person }) !== undefined;
  const owner = `person:${person}`;
  db.insert(operators)
    .values({ owner, botId: bot, personId: person, chatId: chat, createdAt: at })
    .onConflictDoUpdate({ target: [operators.botId, operators.personId], set: { chatId: chat } })
    .run();
  putGrant(db, { bot, person, state: "granted", at });
  if (!again) putAudit(db, { bot, chat, by: "claim", action: "operator.claimed", subject: owner, at });
  return { again };
};

export const operatorsOf = (db: Db, bot: number): readonly (typeof operators.$inferSelect)[] =>
  db.select().from(operators).where(eq(operators.botId, bot)).orderBy(asc(operators.createdAt)).all();
