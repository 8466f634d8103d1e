/** What programs asked to be said in chats: accepted once, whole, together with the parts that say it. */
import { and, eq, gte, lt } from "drizzle-orm";
import type { Db } from "./db.ts";
import { type NewFile, putFileOfPart } from "./files.ts";
import { type NewPart, type OutboxRow, putOutbox } from "./outbox.ts";
import { messages, outbox } from "./schema.ts";

export type Message = typeof messages.$inferSelect;

type NewMessage = {
  readonly publicId: string;
  readonly owner: string;
  readonly chatId: number;
  readonly tokenId: number;
  readonly key: string;
  readonly bodyHash: string;
  /** Their send keys begin with `publicId` and a slash. */
  readonly parts: readonly NewPart[];
  /** A file among the parts, whose bytes are stored by now, and the send key of the part that has it. */
  readonly file?: NewFile & { readonly sendKey: string };
  readonly at: number;
};

export type AcceptedMessage = {
  /** Of the message that stands for this request: the new one, or the one before it with the same key. */
  readonly publicId: string;
  readonly isNew: boolean;
  /** The same key stood on another body. */
  readonly conflict: boolean;
};

type Asked = Pick<NewMessage, "tokenId" | "key" | "bodyHash">;

/** The message that stands for a request already. */
export const messageAsked = (db: Db, { tokenId, key, bodyHash }: Asked): AcceptedMessage | undefined => {
  const sameKey = and(eq(messages.tokenId, tokenId), eq(messages.key, key));
  const known = db.select().from(messages).where(sameKey).get();
  return known && { publicId: known.publicId, isNew: false, conflict: known.bodyHash !== bodyHash };
};

export const acceptMessage = (db: Db, args: NewMessage): AcceptedMessage => {
  const { parts, file, at, ...row } = args;
  const known = messageAsked(db, args);
  if (known) return known;
  db.insert(messages)
    .values({ ...row, createdAt: at })
    .run();
  putOutbox(db, parts, at);
  if (file) putFileOfPart(db, file, args.owner, at);
  return { publicId: args.publicId, isNew: true, conflict: false };
};

export const messageByPublicId = (db: Db, publicId: string): Message | undefined =>
  db.select().from(messages).where(eq(messages.publicId, publicId)).get();

/** The parts of a message, in their order; none once they are no longer kept. */
export const partsOfMessage = (db: Db, { publicId }: Pick<Message, "publicId">): readonly OutboxRow[] =>
  db
    .select()
    .from(outbox)
    // The character behind the slash ends what begins with it.
    .where(and(gte(outbox.sendKey, `${publicId}/`), lt(outbox.sendKey, `${publicId}0`)))
    .orderBy(outbox.id)
    .all();
