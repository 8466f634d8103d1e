/** What programs asked to be said in chats: accepted once, whole, together with the parts that say it. */
import { and, eq, gte, lt } from "drizzle-orm";
import type { Db } from "./db.ts";
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
  readonly at: number;
};

export type AcceptedMessage = {
  /** Of the message that stands for this request: the new one, or the one before it with the same key. */
  readonly publicId: string;
  readonly isNew: boolean;
  /** The same key stood on another body. */
  readonly conflict: boolean;
};

export const acceptMessage = (db: Db, args: NewMessage): AcceptedMessage => {
  const { parts, at, ...row } = args;
  const sameKey = and(eq(messages.tokenId, args.tokenId), eq(messages.key, args.key));
  const known = db.select().from(messages).where(sameKey).get();
  if (known) return { publicId: known.publicId, isNew: false, conflict: known.bodyHash !== args.bodyHash };
  db.insert(messages)
    .values({ ...row, createdAt: at })
    .run();
  putOutbox(db, parts, at);
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
