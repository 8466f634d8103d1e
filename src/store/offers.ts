/** Choices that were offered in chats, and whose each is: found by what a press names, or by a number in answer to a list. */
import { and, desc, eq, gt, isNotNull } from "drizzle-orm";
import type { Choice, Part } from "../message.ts";
import type { Db } from "./db.ts";
import { selectChat, selectHandle } from "./inbox-queries.ts";
import { arg, prepared } from "./prepared.ts";
import { outbox, turns } from "./schema.ts";
import { turnByPublicId } from "./turns.ts";

/** Somebody in a chat, as an event names them. */
type Where = { readonly botId: number; readonly chatKey: string; readonly handle: string };

/** Why a press counts for nothing. */
export type Void = "choice-unknown" | "choice-expired" | "choice-of-another";

/** Whose a choice is: in a direct chat its person's, in a group theirs whose turn it belongs to. */
const isTheirs = (
  chat: { readonly kind: string; readonly owner: string },
  turn: { readonly personId: number | null },
  person: number,
): boolean => (chat.kind === "direct" ? chat.owner === `person:${person}` : turn.personId === person);

const choicesIn = (part: string | null): readonly Choice[] => {
  if (part === null) return [];
  const { choices, numbered } = JSON.parse(part) as Part;
  return choices ?? numbered ?? [];
};

/** The command line that a press stands for. `publicId` is that of the turn which the choice belongs to. */
export const findPressed = (
  db: Db,
  press: Where & { readonly publicId: string | undefined; readonly choice: string; readonly since: number },
): { readonly line: string } | Void => {
  const { botId, chatKey, handle, publicId, choice, since } = press;
  const chat = selectChat(db).get({ botId, key: chatKey });
  const turn = publicId === undefined ? undefined : turnByPublicId(db, publicId);
  if (!chat || !turn) return "choice-unknown";
  const shown = db
    .select({ part: outbox.part, createdAt: outbox.createdAt })
    .from(outbox)
    .where(and(eq(outbox.turnId, turn.id), eq(outbox.chatId, chat.id)))
    .all()
    .flatMap(({ part, createdAt }) => choicesIn(part).map((one) => ({ ...one, createdAt })))
    .find(({ id }) => id === choice);
  if (shown?.line === undefined) return "choice-unknown";
  const person = selectHandle(db).get({ handle })?.personId;
  if (person === undefined || !isTheirs(chat, turn, person)) return "choice-of-another";
  return shown.createdAt < since ? "choice-expired" : { line: shown.line };
};

const selectOffers = prepared((db) =>
  db
    .select({ id: outbox.id, part: outbox.part, personId: turns.personId })
    .from(outbox)
    .innerJoin(turns, eq(turns.id, outbox.turnId))
    .where(and(eq(outbox.chatId, arg("chat")), isNotNull(outbox.offersUntil), gt(outbox.offersUntil, arg("at"))))
    .orderBy(desc(outbox.id))
    .prepare(),
);

/** Numbered lists of this chat that its person, or whoever asked for them, may answer; the newest first. */
const openOffers = (
  db: Db,
  { chat, person, at }: { readonly chat: { id: number; kind: string; owner: string }; person: number; at: number },
) =>
  selectOffers(db)
    .all({ chat: chat.id, at })
    .filter((offer) => isTheirs(chat, offer, person));

/** The line that a number stands for, and the row that lists it. */
export const findNumbered = (
  db: Db,
  args: Where & { readonly number: number; readonly at: number },
): { readonly row: number; readonly line: string } | undefined => {
  const { botId, chatKey: key, at } = args;
  const chat = selectChat(db).get({ botId, key });
  const person = selectHandle(db).get({ handle: args.handle })?.personId;
  if (!chat || person === undefined) return undefined;
  const [newest] = openOffers(db, { chat, person, at });
  if (!newest) return undefined;
  const line = choicesIn(newest.part)[args.number - 1]?.line;
  return line === undefined ? undefined : { row: newest.id, line };
};

/**
 * Whatever somebody says next is their answer, or shows that they give none: their lists are closed. Answers whether
 * `row` was the one that still stood open.
 */
export const closeOffers = (
  db: Db,
  args: {
    readonly chat: { id: number; kind: string; owner: string };
    readonly person: number;
    readonly row: number | undefined;
    readonly at: number;
  },
): boolean => {
  const open = openOffers(db, args);
  for (const { id } of open) db.update(outbox).set({ offersUntil: null }).where(eq(outbox.id, id)).run();
  return args.row !== undefined && open[0]?.id === args.row;
};
