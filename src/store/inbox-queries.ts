/** What accepting an event looks up and adds, row by row. */
import { and, desc, eq, isNull, ne, sql } from "drizzle-orm";
import { arg, prepared } from "./prepared.ts";
import { bindings, chats, conversations, eventKeys, events, handles, turns } from "./schema.ts";

export const selectKey = prepared((db) =>
  db
    .select({ eventId: eventKeys.eventId })
    .from(eventKeys)
    .where(and(eq(eventKeys.botId, arg("botId")), eq(eventKeys.key, arg("key"))))
    .prepare(),
);

export const selectHandle = prepared((db) =>
  db
    .select()
    .from(handles)
    .where(eq(handles.handle, arg("handle")))
    .prepare(),
);

export const selectChat = prepared((db) =>
  db
    .select()
    .from(chats)
    .where(and(eq(chats.botId, arg("botId")), eq(chats.key, arg("key"))))
    .prepare(),
);

export const selectBinding = prepared((db) =>
  db
    .select({ conversationId: bindings.conversationId })
    .from(bindings)
    .innerJoin(conversations, eq(conversations.id, bindings.conversationId))
    .where(
      and(
        eq(bindings.chatId, arg("chat")),
        eq(bindings.agentId, arg("agentId")),
        eq(conversations.server, arg("server")),
      ),
    )
    .prepare(),
);

export const selectLastOpen = prepared((db) =>
  db
    .select()
    .from(turns)
    .where(and(eq(turns.chatId, arg("chat")), isNull(turns.finishedAt), ne(turns.trigger, "control")))
    .orderBy(desc(turns.id))
    .limit(1)
    .prepare(),
);

export const insertEvent = prepared((db) =>
  db
    .insert(events)
    .values({
      owner: arg("owner"),
      botId: arg("botId"),
      chatId: arg("chatId"),
      handleId: arg("handleId"),
      kind: arg("kind"),
      ignored: arg("ignored"),
      payload: arg("payload"),
      bodyHash: arg("bodyHash"),
      sentAt: arg("sentAt"),
      receivedAt: arg("at"),
    })
    .returning({ id: events.id })
    .prepare(),
);

export const insertKey = prepared((db) =>
  db
    .insert(eventKeys)
    .values({
      owner: arg("owner"),
      botId: arg("botId"),
      key: arg("key"),
      eventId: arg("eventId"),
      receivedAt: arg("at"),
    })
    .prepare(),
);

export const insertTurn = prepared((db) =>
  db
    .insert(turns)
    .values({
      owner: arg("owner"),
      publicId: arg("publicId"),
      botId: arg("botId"),
      chatId: arg("chatId"),
      personId: arg("personId"),
      tokenId: arg("tokenId"),
      accountId: arg("accountId"),
      agentId: arg("agentId"),
      agentName: arg("agentName"),
      conversationId: arg("lane"),
      command: arg("command"),
      trigger: arg("trigger"),
      share: arg("share"),
      mergeKey: arg("mergeKey"),
      muted: arg("muted"),
      state: "queued",
      dueAt: arg("dueAt"),
      createdAt: arg("at"),
    })
    .returning({ id: turns.id })
    .prepare(),
);

export const assignTurn = prepared((db) =>
  db
    .update(events)
    .set({ turnId: sql`${arg("turn")}` })
    .where(eq(events.id, arg("event")))
    .prepare(),
);

export const selectEvents = prepared((db) =>
  db
    .select({ id: events.id, payload: events.payload, sentAt: events.sentAt, receivedAt: events.receivedAt })
    .from(events)
    .where(eq(events.turnId, arg("turn")))
    .orderBy(events.id)
    .prepare(),
);
