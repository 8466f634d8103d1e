/** How a bot gets its operators: whoever sends its claim code in a direct chat is one from then on. */
import { eq } from "drizzle-orm";
import { putAudit } from "./audit.ts";
import type { Db } from "./db.ts";
import { putGrant } from "./grants.ts";
import { isOperator } from "./operators.ts";
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
  const again = isOperator(db, bot, person);
  const owner = `person:${person}`;
  db.insert(operators)
    .values({ owner, botId: bot, personId: person, chatId: chat, createdAt: at })
    .onConflictDoUpdate({ target: [operators.botId, operators.personId], set: { chatId: chat } })
    .run();
  putGrant(db, { bot, person, state: "granted", at });
  if (!again) putAudit(db, { bot, chat, by: "claim", action: "operator.claimed", subject: owner, at });
  return { again };
};
