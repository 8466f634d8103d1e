/** The inbox: one transaction that drops duplicates, finds the chat, resolves the binding and queues the turn. */
import { eq } from "drizzle-orm";
import type { ChatKind, FileRef, Image, InboundKind } from "../message.ts";
import type { Trigger } from "../turn/states.ts";
import type { Admission } from "../access/rules.ts";
import { type Admitted, admitEvent } from "./admission.ts";
import { type Addressee, addresseeIn, type Chat, resolveLane } from "./bindings.ts";
import { type CancelAnswer, cancelChat } from "./cancel.ts";
import { type AcceptedCommand, acceptCommand, answerAlone, type CommandRequest } from "./commands.ts";
import type { Db } from "./db.ts";
import {
  assignTurn,
  insertEvent,
  insertKey,
  insertTurn,
  selectChat,
  selectEvents,
  selectHandle,
  selectKey,
  selectLastOpen,
} from "./inbox-queries.ts";
import { closeOffers } from "./offers.ts";
import { type Greeting, greet } from "./greet.ts";
import { toOwnAgent } from "./own-agents.ts";
import { bots, chats, events, handles, persons, turns } from "./schema.ts";

/** What a caller who sends whole histories tells beside the message: what the agent has not heard of them. */
export type Told = {
  /** What the caller's client asks of whoever answers. */
  readonly instructions?: string;
  /** What was said before the message; `omitted` counts the messages in front of these, which are too many. */
  readonly earlier?: readonly { readonly by: "user" | "assistant"; readonly text: string }[];
  readonly omitted?: number;
  /** The message was answered before, and another answer is asked for. */
  readonly again?: true;
};

/** What is kept of an event's content. */
export type InboxPayload = {
  readonly text: string;
  readonly files: readonly FileRef[];
  readonly images?: readonly Image[];
  readonly sender?: { readonly id: string; readonly name?: string };
  readonly reply?: string;
  /** The message with the buttons of which one was pressed. */
  readonly about?: string;
  readonly told?: Told;
};

/** What an event asks of an agent; absent for commands, and for events that rules leave unanswered. */
export type TurnRequest = Addressee & {
  readonly publicId: string;
  readonly trigger: Trigger;
  /** May join a queued turn of the same sender under the same binding. */
  readonly merges: boolean;
  readonly dueAt: number;
};

export type NewEvent = {
  readonly at: number;
  readonly botId: number;
  readonly keys: readonly string[];
  readonly bodyHash?: string;
  readonly chat: { readonly key: string; readonly kind: ChatKind; readonly title?: string; readonly tokenId?: number };
  readonly sender?: { readonly handle: string; readonly name?: string };
  readonly kind: InboundKind;
  readonly sentAt: number;
  readonly payload: InboxPayload;
  /** Why rules leave it unanswered; its text is not stored then. */
  readonly ignored?: string;
  readonly turn?: TurnRequest;
  readonly command?: CommandRequest;
  /** What the text stands for, should the list with this row still be open. */
  readonly numbered?: { readonly row: number; readonly line: string; readonly command: CommandRequest };
  /** Absent for the bot `api`, whose callers have shown a token. */
  readonly admission?: Admission;
  /** Names the turn that answers the event, when lettabox itself does. */
  readonly publicId?: string;
  /** Was made for somebody who was not let in when it was looked at: `turn` and `command` are missing. */
  readonly unprepared?: true;
  /** What a newcomer is told before the agent's first reply. */
  readonly greeting?: Greeting;
};

/** Somebody was let in between the look and the transaction. Nothing is kept; the event has to be made anew. */
const unprepared = (): Error => Object.assign(new Error("the event was not prepared"), { code: "UNPREPARED" });

export type Accepted =
  | {
      readonly outcome: "queued" | "merged";
      readonly turn: number;
      readonly turnId: string;
      readonly lane: number;
      /** The chat, when something is to be sent there before the turn says anything. */
      readonly greeted?: number;
    }
  | ({ readonly outcome: "command"; readonly turnId: string; readonly chat: number } & AcceptedCommand)
  /** `why` is the rule that says so. */
  | { readonly outcome: "ignored"; readonly why?: string | undefined }
  /** The sender asked to stop: these turns are marked, in the same transaction. */
  | { readonly outcome: "stop"; readonly stopped: readonly CancelAnswer[] }
  /** Known by one of its keys. `conflict`: the same key stood on another body. `turnId` is null when it was ignored or pruned. */
  | { readonly outcome: "duplicate"; readonly turnId: string | null; readonly conflict: boolean };

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
  const { key, kind, title, tokenId } = event.chat;
  const known = selectChat(db).get({ botId: event.botId, key });
  if (known) return known;
  return db
    .insert(chats)
    .values({
      owner,
      botId: event.botId,
      key,
      kind,
      title: title ?? null,
      tokenId: tokenId ?? null,
      createdAt: event.at,
    })
    .returning()
    .get();
};

/** The queued turn this event may join: the last open one of the chat, if it is the same person's under the same binding. */
const findMergeable = (db: Db, chat: number, lane: number, mergeKey: string) => {
  const last = selectLastOpen(db).get({ chat });
  if (last?.state !== "queued" || last.attempts > 0 || last.cancelAt !== null) return undefined;
  return last.mergeKey === mergeKey && last.conversationId === lane ? last : undefined;
};

/** The event as what it stands for, when it answers a list that is still open; it closes those that are. */
const answering = (db: Db, event: NewEvent, chat: Chat, person: number | undefined): NewEvent => {
  const { numbered, at } = event;
  if (event.ignored !== undefined || person === undefined || event.kind === "stop") return event;
  if (!closeOffers(db, { chat, person, row: numbered?.row, at }) || !numbered) return event;
  const { line, command } = numbered;
  return { ...event, payload: { ...event.payload, text: line }, command };
};

const everybody: Admitted = { let: "in", muted: false, isNew: false };

const admit = (db: Db, event: NewEvent, chat: Chat, person: number | undefined): Admitted => {
  const { admission, ignored } = event;
  if (admission === undefined || ignored !== undefined) return everybody;
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
  const { botId, at } = given;
  const admitted = admit(db, given, chat, who?.personId);
  const event = admitted.let === "in" ? answering(db, given, chat, who?.personId) : given;
  const ignored = admitted.let === "out" ? admitted.why : event.ignored;
  const payload = admitted.let === "told" ? withoutText(event.payload) : event.payload;
  const row = insertEvent(db).get({
    owner: chat.owner,
    botId,
    chatId: chat.id,
    handleId: who?.handleId ?? null,
    kind: event.kind,
    ignored: ignored ?? null,
    payload: ignored === undefined ? JSON.stringify(payload) : null,
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
  if (ignored === undefined && event.kind === "stop")
    return { outcome: "stop", stopped: cancelChat(db, { chat: chat.id, at }) };
  const isDirect = event.chat.kind === "direct";
  const person = isDirect ? who?.personId : undefined;
  const share = person === undefined ? `chat:${chat.id}` : `person:${person}`;
  const personId = who?.personId ?? null;
  const configured = event.admission?.group.mode ?? "mention-only";
  const own = <To extends Addressee>(to: To): To =>
    to.own ? { ...to, ...toOwnAgent(db, to, { owner: chat.owner, scope: share, at }) } : to;
  if (ignored === undefined && event.command) {
    const accepted = acceptCommand(db, event.command, { chat, botId, person, personId, share, configured, own, at });
    assignTurn(db).run({ turn: accepted.turn, event: row.id });
    return { outcome: "command", turnId: event.command.publicId, chat: chat.id, ...accepted };
  }
  if (ignored !== undefined || !event.turn) return { outcome: "ignored", why: ignored };
  const greeting = admitted.let === "in" && admitted.isNew ? event.greeting : undefined;
  if (greeting) greet(db, greeting, chat, at);
  const request = own({ ...event.turn, ...addresseeIn(db, chat, event.turn) });
  const lane = resolveLane(db, chat, request, at, person);
  const mergeKey = request.merges && who ? `handle:${who.handleId}` : null;
  const joined = mergeKey === null ? undefined : findMergeable(db, chat.id, lane, mergeKey);
  if (joined) {
    db.update(turns).set({ dueAt: request.dueAt }).where(eq(turns.id, joined.id)).run();
    assignTurn(db).run({ turn: joined.id, event: row.id });
    return { outcome: "merged", turn: joined.id, turnId: joined.publicId, lane };
  }
  const { publicId, accountId, agentId, agentName, trigger, dueAt } = request;
  const turn = insertTurn(db).get({
    owner: chat.owner,
    publicId,
    botId,
    chatId: chat.id,
    personId,
    tokenId: event.chat.tokenId ?? null,
    accountId,
    agentId,
    agentName,
    lane,
    command: null,
    trigger,
    share,
    mergeKey,
    muted: admitted.let === "in" && admitted.muted,
    dueAt,
    at,
  });
  assignTurn(db).run({ turn: turn.id, event: row.id });
  return {
    outcome: "queued",
    turn: turn.id,
    turnId: request.publicId,
    lane,
    ...(greeting ? { greeted: chat.id } : {}),
  };
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
