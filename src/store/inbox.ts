/** The inbox: one transaction that drops duplicates, finds the chat, resolves the binding and queues the turn. */
import { eq } from "drizzle-orm";
import { defaultAccess } from "../access/rules.ts";
import { type Admitted, admitEvent } from "./admission.ts";
import { type Addressee, addresseeIn, type Chat } from "./bindings.ts";
import { wholeOf } from "./chat-settings.ts";
import { acceptCommand, answerAlone } from "./commands.ts";
import type { Db } from "./db.ts";
import { type Change, changeEarlier } from "./edits.ts";
import { greet } from "./greet.ts";
import {
  assignTurn,
  insertEvent,
  insertKey,
  selectChat,
  selectEvents,
  selectHandle,
  selectKey,
} from "./inbox-queries.ts";
import { findAlbum, joined, joinTurn, queueTurn } from "./merging.ts";
import { moveChat } from "./moves.ts";
import type { Accepted, InboxPayload, NewEvent } from "./new-event.ts";
import { takeNoted } from "./noted.ts";
import { toOwnAgent } from "./own-agents.ts";
import { closeOffers } from "./offers.ts";
import { countOne } from "./tallies.ts";
import { turnById } from "./turns.ts";
import { bots, chats, events, handles, persons, turns } from "./schema.ts";

export type { Accepted, InboxPayload, NewEvent, Told, TurnRequest } from "./new-event.ts";

/** What an earlier delivery of this event came to, by any of its keys. */
export const findDuplicate = (db: Db, event: NewEvent): Accepted | undefined => {
  const { botId } = event;
  const known = event.keys.map((key) => selectKey(db).get({ botId, key })).find((row) => row !== undefined);
  if (!known) return undefined;
  const earlier = db
    .select({ bodyHash: events.bodyHash, turnId: turns.publicId })
    .from(events)
    .leftJoin(turns, eq(turns.id, events.turnId))
    .where(eq(events.id, known.eventId))
    .get();
  const conflict = event.bodyHash !== undefined && earlier?.bodyHash !== event.bodyHash;
  return { outcome: "duplicate", turnId: earlier?.turnId ?? null, conflict };
};

const findPerson = (db: Db, sender: NonNullable<NewEvent["sender"]>, at: number) => {
  const known = selectHandle(db).get({ handle: sender.handle });
  if (known) return { handleId: known.id, personId: known.personId };
  const person = db
    .insert(persons)
    .values({ owner: "", name: sender.name ?? null, createdAt: at })
    .returning({ id: persons.id })
    .get();
  const owner = `person:${person.id}`;
  db.update(persons).set({ owner }).where(eq(persons.id, person.id)).run();
  const handle = db
    .insert(handles)
    .values({ owner, personId: person.id, handle: sender.handle, createdAt: at })
    .returning({ id: handles.id })
    .get();
  return { handleId: handle.id, personId: person.id };
};

const findChat = (db: Db, event: NewEvent, owner: string): Chat => {
  const { within, ...whole } = event.chat;
  const { key, kind, title, tokenId } = whole;
  const known = selectChat(db).get({ botId: event.botId, key });
  if (known && (title === undefined || title === known.title)) return known;
  if (known) {
    db.update(chats).set({ title }).where(eq(chats.id, known.id)).run();
    return { ...known, title: title ?? null };
  }
  const around = within === undefined ? undefined : findChat(db, { ...event, chat: { ...whole, key: within } }, owner);
  return db
    .insert(chats)
    .values({
      owner,
      botId: event.botId,
      key,
      kind,
      title: title ?? null,
      withinId: around?.id ?? null,
      tokenId: tokenId ?? null,
      createdAt: event.at,
    })
    .returning()
    .get();
};

/** What is stored of an event's content; what rules leave unanswered keeps none. */
const payloadToKeep = (
  db: Db,
  event: NewEvent,
  chat: Chat,
  { ignored, isForAgent }: { readonly ignored: string | undefined; readonly isForAgent: boolean },
): InboxPayload | null => {
  if (ignored !== undefined) return ignored === "noted" ? event.payload : null;
  if (chat.kind === "api" || !isForAgent) return event.payload;
  const noted = takeNoted(db, chat.id);
  return noted.length === 0 ? event.payload : { ...event.payload, noted };
};

/** The event as what it stands for, when it answers a list that is still open; it closes those that are. */
const answering = (db: Db, event: NewEvent, chat: Chat, person: number | undefined): NewEvent => {
  const { numbered, at } = event;
  if (event.ignored !== undefined || person === undefined || event.kind === "stop") return event;
  if (!closeOffers(db, { chat, person, row: numbered?.row, at }) || !numbered) return event;
  const { line, command } = numbered;
  return { ...event, payload: { ...event.payload, text: line }, command };
};

/** Somebody was let in between the look and the transaction. Nothing is kept; the event has to be made anew. */
const unprepared = (): Error => Object.assign(new Error("the event was not prepared"), { code: "UNPREPARED" });

const everybody: Admitted = { let: "in", muted: false, isNew: false, limits: [] };

const admit = (db: Db, event: NewEvent, chat: Chat, person: number | undefined): Admitted => {
  const { admission, ignored } = event;
  if (admission === undefined || (ignored !== undefined && ignored !== "noted")) return everybody;
  const admitted = admitEvent(db, { ...event, admission }, chat, person);
  if (admitted.let === "in" && event.unprepared) throw unprepared();
  return admitted;
};

/** What is kept of an event that lettabox answers by itself: where it came from, and not what it says. */
const withoutText = ({ sender, reply }: InboxPayload): InboxPayload => ({
  text: "",
  files: [],
  ...(sender === undefined ? {} : { sender }),
  ...(reply === undefined ? {} : { reply }),
});

/** Accepts one event; the whole of it or nothing. */
export const acceptEvent = (db: Db, given: NewEvent): Accepted => {
  const duplicate = findDuplicate(db, given);
  if (duplicate) return duplicate;

  const who = given.sender ? findPerson(db, given.sender, given.at) : undefined;
  const owner = given.chat.kind === "direct" && who ? `person:${who.personId}` : "house";
  const chat = findChat(db, given, owner);
  const { botId, at, movedTo } = given;
  if (movedTo !== undefined) moveChat(db, { chat: chat.id, to: movedTo });
  const place = { chat: chat.id, handle: who?.handleId ?? null };
  // A piece of an album that is going to be answered belongs to it, though only one piece speaks to the bot.
  const album = findAlbum(db, given, place);
  const admitted = admit(db, given, chat, who?.personId);
  const event = admitted.let === "in" ? answering(db, given, chat, who?.personId) : given;
  const why = admitted.let === "out" ? admitted.why : event.ignored;
  const refused = why === "not-addressed" && album ? undefined : why;
  const isIn = refused === undefined && admitted.let !== "told";
  const change: Change = isIn ? changeEarlier(db, event, place) : { ignored: refused, stopped: [] };
  const { ignored } = change;
  if (admitted.let === "in" && ignored === undefined) countOne(db, admitted.limits, at);
  const isForAgent = event.command === undefined && (event.turn !== undefined || album !== undefined);
  const payload =
    isIn || refused !== undefined
      ? payloadToKeep(db, event, chat, { ignored, isForAgent })
      : withoutText(event.payload);
  const row = insertEvent(db).get({
    owner: chat.owner,
    botId,
    chatId: chat.id,
    handleId: who?.handleId ?? null,
    kind: event.kind,
    messageId: event.payload.reply ?? null,
    ignored: ignored ?? null,
    payload: payload && JSON.stringify(payload),
    bodyHash: event.bodyHash ?? null,
    sentAt: event.sentAt,
    at,
  });
  for (const key of new Set(event.keys)) {
    insertKey(db).run({ owner: chat.owner, botId, key, eventId: row.id, at });
  }

  if (admitted.let === "told") {
    const { publicId = "" } = event;
    const turn = answerAlone(db, {
      publicId,
      botId,
      chat,
      personId: who?.personId ?? null,
      changed: admitted.changed,
      at,
    });
    assignTurn(db).run({ turn, event: row.id });
    return { outcome: "command", turnId: publicId, chat: chat.id, turn, lane: null, stopped: [] };
  }
  if (change.stopped.length > 0) return { outcome: "stop", stopped: change.stopped };
  const edited = change.turn === undefined ? undefined : turnById(db, change.turn);
  if (edited) return joined(edited);
  const isDirect = event.chat.kind === "direct";
  const person = isDirect ? who?.personId : undefined;
  const share = person === undefined ? `chat:${wholeOf(chat)}` : `person:${person}`;
  const personId = who?.personId ?? null;
  const own = <To extends Addressee>(to: To): To => toOwnAgent(db, to, { owner: chat.owner, scope: share, at });
  if (ignored === undefined && event.command) {
    const configured = event.admission?.group ?? defaultAccess.groups;
    const accepted = acceptCommand(db, event.command, { chat, botId, person, personId, share, configured, own, at });
    assignTurn(db).run({ turn: accepted.turn, event: row.id });
    return { outcome: "command", turnId: event.command.publicId, chat: chat.id, ...accepted };
  }
  if (ignored === undefined && album) return joinTurn(db, album, event, row.id);
  if (ignored !== undefined || !event.turn) return { outcome: "ignored", why: ignored };
  const greeting = admitted.let === "in" && admitted.isNew ? event.greeting : undefined;
  if (greeting) greet(db, greeting, chat, at);
  const muted = event.turn.muted === true || (admitted.let === "in" && admitted.muted);
  const message = { event, row: row.id, chat, handle: place.handle, person, personId, share };
  const request = own({ ...event.turn, ...addresseeIn(db, chat, event.turn) });
  const accepted = queueTurn(db, { ...request, muted }, message);
  return greeting && accepted.outcome === "queued" ? { ...accepted, greeted: chat.id } : accepted;
};

/** Accepts what a listener received and moves its cursor, in one transaction. */
export const acceptEvents = (
  db: Db,
  args: { readonly botId: number; readonly events: readonly NewEvent[]; readonly cursor?: string },
): readonly Accepted[] => {
  const accepted = args.events.map((event) => acceptEvent(db, event));
  if (args.cursor !== undefined) db.update(bots).set({ cursor: args.cursor }).where(eq(bots.id, args.botId)).run();
  return accepted;
};

/** What the turn's events say, in the order they came. */
export const eventsOfTurn = (db: Db, turn: number) => selectEvents(db).all({ turn });
