/** What a command is asked with, read from the rows of its turn. */
import type { BotAccess } from "../access/rules.ts";
import type { AccountAccess } from "../letta/access.ts";
import { botById, chatById } from "../store/accounts.ts";
import type { StoredCommand } from "../store/commands.ts";
import { eventsOfTurn, type InboxPayload } from "../store/inbox.ts";
import type { Turn } from "../store/lanes.ts";
import { isOperator } from "../store/operators.ts";
import { conversationById } from "../store/posts.ts";
import type { Store } from "../store/store.ts";
import type { Personas } from "../turn/personas.ts";
import type { Command, CommandContext, House, Talk } from "./command.ts";
import { type CommandLine, commandLineOf } from "./line.ts";

export type ContextDeps = {
  readonly store: Store;
  readonly commands: readonly Command[];
  /** An account that cannot be used has an upstream that throws why. */
  readonly accountAccess: (account: number) => AccountAccess;
  readonly personas: Personas;
  readonly house: House;
  /** Who may talk to the bot with this slug, by its configuration. */
  readonly access: (slug: string) => BotAccess;
  readonly now: () => number;
  readonly abort: AbortSignal;
};

export const storedOf = (turn: Turn): StoredCommand => JSON.parse(turn.command ?? "{}") as StoredCommand;

const payloadOf = ({ store }: ContextDeps, turn: Turn): InboxPayload | undefined => {
  const text = eventsOfTurn(store.db, turn.id)[0]?.payload;
  return text == null ? undefined : (JSON.parse(text) as InboxPayload);
};

/** The message with the button that was pressed; undefined for what was typed. */
export const pressedOn = (deps: ContextDeps, turn: Turn): string | undefined => payloadOf(deps, turn)?.about;

/** What was typed, or a press stands for; the store keeps it with the event, as it does for every message. */
export const lineOf = (deps: ContextDeps, turn: Turn): CommandLine => {
  const payload = payloadOf(deps, turn);
  const line = payload && commandLineOf({ kind: "command", text: payload.text, files: [] });
  return line ?? { name: storedOf(turn).name, words: "" };
};

/** Undefined for a command that was accepted as one that needs no agent. */
export const talkOf = ({ store, accountAccess }: ContextDeps, turn: Turn): Talk | undefined => {
  const { accountId, agentId, agentName } = turn;
  const { conversation } = storedOf(turn);
  if (accountId === null || agentId === null || agentName === null || conversation === null) return undefined;
  return {
    account: accountId,
    agent: { id: agentId, name: agentName },
    conversation,
    upstreamId: conversationById(store.db, conversation)?.upstreamId ?? null,
    upstream: accountAccess(accountId).upstream,
  };
};

export const contextOf = (deps: ContextDeps, turn: Turn): Omit<CommandContext, "words"> => {
  const { store, commands, personas, house, access, now, abort } = deps;
  const chat = chatById(store.db, turn.chatId);
  return {
    changed: storedOf(turn).changed ?? undefined,
    owner: turn.owner,
    chat: { id: turn.chatId, kind: chat?.kind ?? "direct", title: chat?.title ?? null },
    bot: turn.botId,
    person: turn.personId,
    operates: isOperator(store.db, turn.botId, turn.personId),
    house,
    access: access(botById(store.db, turn.botId)?.slug ?? ""),
    store,
    commands,
    personas,
    now,
    abort,
  };
};
