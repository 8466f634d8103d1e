/** Who may use which command: decided in the transaction that accepts it, before it changes anything. */
import { eq } from "drizzle-orm";
import type { Steerer } from "../access/rules.ts";
import type { Chat } from "./bindings.ts";
import type { Db } from "./db.ts";
import { isOperator } from "./operators.ts";
import { accounts } from "./schema.ts";

export type Steering = {
  readonly who: Steerer;
  readonly chat: Chat;
  readonly person: number | null;
  /** The account that the command is about; undefined is the house. */
  readonly account: number | undefined;
  /** Whether the platform calls the sender an administrator of the group; undefined when nobody asked, or it did not say. */
  readonly isAdmin: boolean | undefined;
};

const ownerOf = (db: Db, account: number | undefined): string =>
  account === undefined
    ? "house"
    : (db.select({ owner: accounts.owner }).from(accounts).where(eq(accounts.id, account)).get()?.owner ?? "house");

export const maySteer = (db: Db, { who, chat, person, account, isAdmin }: Steering): boolean => {
  if (who === "anyone") return true;
  if (person === null) return false;
  if (who === "chat-admin" && chat.kind === "direct") return true;
  if (who === "chat-admin" && isAdmin === true) return true;
  const owner = who === "owner" ? ownerOf(db, account) : "house";
  return owner === "house" ? isOperator(db, chat.botId, person) : owner === `person:${person}`;
};
