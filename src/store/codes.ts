/** Codes with which people and groups wait to be let in: an hour each, few at a time. */
import { and, eq, lte } from "drizzle-orm";
import { codeMs } from "../access/rules.ts";
import { isWaiting } from "./access-queries.ts";
import type { Db } from "./db.ts";
import { admissions } from "./schema.ts";

/** Without what is mistaken for something else: 0 and O, 1 and I. */
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

const newCode = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => letters[byte % letters.length]).join("");

/** As people type it: small letters and spaces do not matter. */
export const foldCode = (code: string): string => code.replaceAll(/[\s-]/g, "").toUpperCase();

/** Whether somebody may mean a code with these words, and nothing else: numbers alone are those of tool calls. */
export const looksLikeCode = (words: string): boolean => {
  const code = foldCode(words);
  return code.length === 8 && [...code].every((letter) => letters.includes(letter)) && /[A-Z]/.test(code);
};

/** A new code for somebody; what waited too long makes room. */
export const makeCode = (
  db: Db,
  who: {
    readonly bot: number;
    readonly kind: "person" | "group";
    readonly person: number | null;
    readonly chat: number;
    readonly owner: string;
    readonly at: number;
  },
): string => {
  const { bot: botId, kind, person: personId, chat: chatId, owner, at } = who;
  db.update(admissions)
    .set({ state: "expired" })
    .where(and(eq(admissions.botId, botId), isWaiting, lte(admissions.expiresAt, at)))
    .run();
  const code = newCode();
  db.insert(admissions)
    .values({ owner, botId, kind, personId, chatId, code, state: "waiting", createdAt: at, expiresAt: at + codeMs })
    .run();
  return code;
};
