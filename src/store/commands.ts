/** Commands: accepted with what they change, claimed at their place in their chat's order, or at once. */
import type { Trigger } from "../turn/states.ts";
import type { Steerer } from "../access/rules.ts";
import { applyChange, type Effect, type Sent } from "./apply.ts";
import { type Addressee, addresseeIn, type Chat, resolveLane } from "./bindings.ts";
import type { CancelAnswer } from "./cancel.ts";
import type { AccessChanged, Change, Changed } from "./changes.ts";
import type { Db, QueueIndex } from "./db.ts";
import { insertTurn } from "./inbox-queries.ts";
import { headOfChat, leaseTurn, type Turn } from "./lanes.ts";
import { maySteer } from "./steering.ts";

export type CommandTrigger = Extract<Trigger, "command" | "control">;

export type CommandRequest = {
  readonly publicId: string;
  readonly trigger: CommandTrigger;
  readonly name: string;
  readonly who: Steerer;
  /** Whether the platform calls its sender an administrator of the group; absent when that was not asked or not said. */
  readonly isAdmin?: boolean;
  readonly change?: Change;
  /** The agent it is about; absent for one that needs none. */
  readonly about?: Addressee;
  /** It has the conversation to itself while it is done, so it stands in its lane. */
  readonly inLane: boolean;
};

/** What is kept with the turn. Its words are those of its event. */
export type StoredCommand = {
  readonly name: string;
  /** The chat's conversation, after the change; null for a command that is about no agent. */
  readonly conversation: number | null;
  readonly changed: Changed | null;
};

export type AcceptedCommand = {
  readonly turn: number;
  /** Where it stands; null when it stands in its chat's order only, or in none. */
  readonly lane: number | null;
  readonly stopped: readonly CancelAnswer[];
  /** The turn that waited for what it decided. */
  readonly decided?: number;
};

/** Nothing, for somebody who may not use it. */
const refuse = ({ who, isAdmin }: CommandRequest, { chat }: Sent): Effect => ({
  changed: { kind: "forbidden", who, unsure: who === "chat-admin" && chat.kind === "group" && isAdmin === undefined },
});

/** Part of the transaction that accepts an event: what the command changes, and the turn that answers it. */
export const acceptCommand = (
  db: Db,
  request: CommandRequest,
  sent: Sent & { readonly botId: number; readonly share: string },
): AcceptedCommand => {
  const { chat, personId, at } = sent;
  const { who, isAdmin } = request;
  const asked = request.about && sent.own(addresseeIn(db, chat, request.about));
  const may = maySteer(db, { who, chat, person: personId, account: asked?.accountId, isAdmin });
  const present = may && asked ? resolveLane(db, chat, asked, at, sent.person) : undefined;
  const effect = may ? applyChange(db, request.change, asked, sent) : refuse(request, sent);
  const about = may ? (effect.about ?? asked) : undefined;
  const conversation = effect.conversation ?? present ?? null;
  const lane = request.inLane && may ? conversation : null;
  const stored: StoredCommand = { name: request.name, conversation, changed: effect.changed };
  const { id } = insertTurn(db).get({
    owner: chat.owner,
    publicId: request.publicId,
    botId: sent.botId,
    chatId: chat.id,
    personId,
    tokenId: null,
    accountId: about?.accountId ?? null,
    agentId: about?.agentId ?? null,
    agentName: about?.agentName ?? null,
    lane,
    command: JSON.stringify(stored),
    // Who may not use it need not wait for its place to hear so.
    trigger: may ? request.trigger : "control",
    // What runs no agent takes nobody's share.
    share: lane === null ? `commands:${chat.id}` : sent.share,
    mergeKey: null,
    muted: false,
    dueAt: at,
    at,
  });
  const { stopped = [], decided } = effect;
  return { turn: id, lane, stopped, ...(decided === undefined ? {} : { decided }) };
};

/** The same for an event that is no command: lettabox has something to say about it, at once. */
export const answerAlone = (
  db: Db,
  event: {
    readonly publicId: string;
    readonly botId: number;
    readonly chat: Chat;
    readonly personId: number | null;
    readonly changed: AccessChanged;
    readonly at: number;
  },
): number => {
  const { publicId, botId, chat, personId, changed, at } = event;
  const stored: StoredCommand = { name: "access", conversation: null, changed };
  return insertTurn(db).get({
    owner: chat.owner,
    publicId,
    botId,
    chatId: chat.id,
    personId,
    tokenId: null,
    accountId: null,
    agentId: null,
    agentName: null,
    lane: null,
    command: JSON.stringify(stored),
    trigger: "control",
    share: `commands:${chat.id}`,
    mergeKey: null,
    muted: false,
    dueAt: at,
    at,
  }).id;
};

const controlSql = `SELECT id FROM turns WHERE chat_id = ?1 AND finished_at IS NULL AND conversation_id IS NULL
  AND "trigger" = 'control' AND state = 'queued' AND due_at <= ?2 ORDER BY id LIMIT 1`;

/** The command whose place has come, if it stands in no lane: that one is claimed with its lane. */
const headCommand = (db: Db, chat: number, at: number): number | undefined => {
  const head = headOfChat(db, chat);
  const isNext = head?.trigger === "command" && head.conversationId === null;
  return isNext && head.state === "queued" && head.dueAt <= at ? head.id : undefined;
};

/** Moves the next command of a chat from `queued` to `running` under this boot. */
export const claimCommand = (
  db: Db,
  args: { readonly chat: number; readonly trigger: CommandTrigger; readonly boot: number; readonly at: number },
): Turn | null => {
  const { chat, boot, at } = args;
  const id =
    args.trigger === "control"
      ? db.$client.query<{ id: number }, [number, number]>(controlSql).get(chat, at)?.id
      : headCommand(db, chat, at);
  return id === undefined ? null : leaseTurn(db).get({ id, boot, at });
};

/** The index is named because the planner would rather look at everything that is open. */
const openSql = `FROM turns INDEXED BY turns_open_by_lane
  WHERE finished_at IS NULL AND conversation_id IS NULL AND "trigger" = ?`;

/** Which kinds of commands a chat has that are not answered yet. */
export const openCommands = (db: Db, chat: number): readonly CommandTrigger[] =>
  db.$client
    .query<{ trigger: CommandTrigger }, [number]>(
      `SELECT DISTINCT "trigger" FROM turns WHERE chat_id = ? AND finished_at IS NULL AND conversation_id IS NULL`,
    )
    .all(chat)
    .map((row) => row.trigger);

/** What a runner asks about the chats with open commands. */
export const commandQueue = (db: Db, trigger: CommandTrigger): QueueIndex => ({
  waiting: (after) =>
    db.$client
      .query<{ chat: number }, [string, number]>(
        `SELECT DISTINCT chat_id AS chat ${openSql} AND chat_id > ? ORDER BY chat_id LIMIT 500`,
      )
      .all(trigger, after)
      .map((row) => row.chat),
  nextDue: (after) =>
    db.$client
      .query<{ due: number | null }, [string, number]>(
        `SELECT min(due_at) AS due ${openSql} AND state = 'queued' AND due_at > ?`,
      )
      .get(trigger, after)?.due ?? undefined,
  dueBetween: (after, until, afterKey) =>
    db.$client
      .query<{ chat: number }, [string, number, number, number]>(
        `SELECT DISTINCT chat_id AS chat ${openSql} AND state = 'queued' AND due_at > ? AND due_at <= ? AND chat_id > ?
         ORDER BY chat_id LIMIT 500`,
      )
      .all(trigger, after, until, afterKey)
      .map((row) => row.chat),
});
