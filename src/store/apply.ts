/** What a command changes, as a part of the transaction that accepts it. */
import { eq } from "drizzle-orm";
import type { Admission } from "../access/rules.ts";
import { botById } from "./accounts.ts";
import { putAudit } from "./audit.ts";
import { type Addressee, type Chat, chooseAgent, renewConversation } from "./bindings.ts";
import { type CancelAnswer, cancelChat } from "./cancel.ts";
import type { Change, Changed } from "./changes.ts";
import { setChatSetting, type SettingChanges, settingsOfChat } from "./chat-settings.ts";
import type { Db } from "./db.ts";
import { decideByWords } from "./decisions.ts";
import { decideAdmission } from "./grants.ts";
import { isOperator } from "./operators.ts";
import { handlesOf } from "./people.ts";
import { persons } from "./schema.ts";

export type Sent = {
  readonly chat: Chat;
  /** Whose direct chat it is. */
  readonly person: number | undefined;
  /** Who sent it. */
  readonly personId: number | null;
  /** The agent that is this chat's own in place of the one it is made from, where nobody shares one. */
  readonly own: (to: Addressee) => Addressee;
  /** What the configuration says of groups: it counts where the operator has set nothing. */
  readonly configured: Admission["group"];
  readonly at: number;
};

export type Effect = {
  readonly changed: Changed | null;
  readonly stopped?: readonly CancelAnswer[];
  /** Where the chat stands now, if that changed. */
  readonly conversation?: number;
  /** Whom it talks to now, if that changed. */
  readonly about?: Addressee;
  /** The turn that waited for what was decided. */
  readonly decided?: number;
};

/** Of the turns that are to stop: those at work, the messages of those that wait, and the commands among these. */
const countStopped = (db: Db, stopped: readonly CancelAnswer[]): Changed => {
  const waiting = stopped.filter(({ wasQueued }) => wasQueued).map(({ turn }) => turn);
  const row = db.$client
    .query<{ messages: number; commands: number }, [string]>(
      `SELECT count(*) FILTER (WHERE t.command IS NULL) AS messages, count(t.command) AS commands
       FROM json_each(?) j JOIN turns t ON t.id = j.value JOIN events e ON e.turn_id = t.id`,
    )
    .get(JSON.stringify(waiting));
  const { messages = 0, commands = 0 } = row ?? {};
  return { kind: "stopped", running: stopped.length - waiting.length, messages, commands };
};

const actorOf = ({ personId }: Sent): string => (personId === null ? "lettabox" : `person:${personId}`);

const choose = (db: Db, change: Extract<Change, { kind: "choose" }>, about: Addressee, sent: Sent): Effect => {
  const { agentId, agentName } = change;
  const { chat, person, at } = sent;
  const to = sent.own({ ...about, agentId, agentName });
  const { conversation, before } = chooseAgent(db, { chat, to, at, person });
  const { id: chatId, botId: bot } = chat;
  putAudit(db, { bot, chat: chatId, by: actorOf(sent), action: "agent.chosen", subject: agentId, at });
  return { changed: { kind: "chosen", before }, conversation, about: to };
};

/** Whether a limit is no more than the present one; null is none at all. */
const isTighter = (limit: number | null | undefined, than: number | null | undefined): boolean =>
  than == null || limit === undefined || (limit !== null && limit <= than);

/** What administrators of a group may not loosen, because the operator may have set it; undefined when they may. */
const tooLoose = (db: Db, { chat, configured }: Sent, changes: SettingChanges): Changed | undefined => {
  const now = settingsOfChat(db, chat.id);
  for (const of of ["dailyLimit", "dailyPersonLimit"] as const) {
    const most = now?.[of] ?? configured[of] ?? null;
    if (!isTighter(changes[of], most)) return { kind: "too-wide", of, most };
  }
  const { allowed } = changes;
  if (allowed === undefined || now?.allowed == null) return undefined;
  const present = JSON.parse(now.allowed) as readonly string[];
  const isPart = allowed?.every((handle) => present.includes(handle)) === true;
  return isPart ? undefined : { kind: "too-wide", of: "allowed", most: null };
};

/** People are named as the platform names them; whoever sets it comes from the same realm. */
const asHandle = (db: Db, { personId }: Sent, channel: string, name: string): string => {
  if (name.startsWith(`${channel}:`) || personId === null) return name;
  const own = handlesOf(db, personId).find((handle) => handle.startsWith(`${channel}:`));
  const [, realm = ""] = own?.split(":") ?? [];
  return `${channel}:${realm}:${name}`;
};

const withHandles = (db: Db, changes: SettingChanges, sent: Sent): SettingChanges => {
  if (changes.allowed == null) return changes;
  const channel = botById(db, sent.chat.botId)?.channel ?? "";
  return { ...changes, allowed: changes.allowed.map((name) => asHandle(db, sent, channel, name)) };
};

const set = (db: Db, wanted: SettingChanges, sent: Sent): Changed => {
  const { chat, configured, at } = sent;
  const changes = withHandles(db, wanted, sent);
  const as = isOperator(db, chat.botId, sent.personId) ? "operator" : "chat-admin";
  const refusal = as === "operator" ? undefined : tooLoose(db, sent, changes);
  if (refusal) return refusal;
  const by = actorOf(sent);
  const answer = setChatSetting(db, { chat: chat.id, changes, as, configured: configured.mode, by, at });
  return answer.outcome === "too-wide" ? { kind: "too-wide", of: "mode", most: answer.ceiling } : { kind: "set" };
};

/** Does it. What `about` names is the chat's agent; a change that needs one and has none changes nothing. */
export const applyChange = (db: Db, change: Change | undefined, about: Addressee | undefined, sent: Sent): Effect => {
  const { chat, at } = sent;
  switch (change?.kind) {
    case "stop": {
      const stopped = cancelChat(db, { chat: chat.id, at });
      return { changed: countStopped(db, stopped), stopped };
    }
    case "renew": {
      const renewed = about ? renewConversation(db, { chat: chat.id, agentId: about.agentId, at }) : null;
      if (renewed === null) return { changed: null };
      return { changed: { kind: "renewed", left: renewed.left }, conversation: renewed.conversation };
    }
    case "choose":
      return about ? choose(db, change, about, sent) : { changed: null };
    case "set":
      return { changed: set(db, change.changes, sent) };
    case "set-zone": {
      if (sent.personId === null) return { changed: null };
      db.update(persons).set({ timezone: change.zone }).where(eq(persons.id, sent.personId)).run();
      return { changed: { kind: "set" } };
    }
    case "decide": {
      const { code, approve } = change;
      return { changed: decideAdmission(db, { bot: chat.botId, code, approve, by: actorOf(sent), at }) };
    }
    case "allow": {
      const { approve, words } = change;
      const { changed, turn } = decideByWords(db, { approve, words, bot: chat.botId, by: actorOf(sent), at });
      return { changed, ...(turn === undefined ? {} : { decided: turn }) };
    }
    default:
      return { changed: null };
  }
};
