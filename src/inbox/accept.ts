/** The door: from a verified event to a committed row, and what the rules say about it. */
import { admissionOf } from "../access/gate.ts";
import { sharedNote } from "../access/notices.ts";
import type { BotAccess } from "../access/rules.ts";
import { asFault, Fault } from "../errors.ts";
import type { Bot } from "../channels/channel.ts";
import type { Command } from "../commands/command.ts";
import { type CommandLine, findCommand } from "../commands/line.ts";
import { requestCommand } from "../commands/request.ts";
import type { Log } from "../log.ts";
import type { Inbound } from "../message.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { worthMs } from "../outbox/states.ts";
import type { House } from "../people/house.ts";
import { previewAdmission } from "../store/admission.ts";
import { type Addressee, probableLane } from "../store/bindings.ts";
import type { Greeting } from "../store/greet.ts";
import type { Hearing } from "../store/heard.ts";
import type { CommandRequest } from "../store/commands.ts";
import type { Accepted, NewEvent } from "../store/inbox.ts";
import type { Store } from "../store/store.ts";
import type { CancelAnswer } from "../store/cancel.ts";
import type { Addressees } from "./addressee.ts";
import { createAdmins } from "./admins.ts";
import { isAboutEarlier, isEmpty, isForAgent, isNotable, payloadOf } from "./content.ts";
import { chatKeyOf, handleOf, readEvent, type Reading, wordFor } from "./reading.ts";
import { type ApiRequest, requestEvent } from "./request.ts";
import { within } from "../pause.ts";

/** Deliveries older than this are refused: their keys may have been forgotten. */
const oldestMs = 30 * 24 * 3_600_000;
/** A command that needs an agent waits so long for Letta to name one, while none is known. */
const lookMs = 3_000;
/** A platform hears that a press came, if it listens that long. */
const answerPressMs = 5_000;
/** The built-in bot behind the HTTP API. */
const apiSlug = "api";

export type Inbox = {
  /** Accepts what a bot received, with the listener's cursor, in one transaction. Throws `storage_…` and then nothing is kept. */
  receive(bot: Bot, events: readonly Inbound[], cursor?: string): Promise<readonly Accepted[]>;
  /** Accepts one request of the chat API. */
  request(request: ApiRequest): Promise<Requested>;
  /** The same with its place in its caller's history; `overtaken`, with nothing kept, when another came in between. */
  hear(request: ApiRequest, hearing: Hearing): Promise<Requested | { readonly outcome: "overtaken" }>;
};

type Requested = Exclude<Accepted, { outcome: "ignored" | "stop" | "command" }>;

const requested = (accepted: Accepted): Requested => {
  if (accepted.outcome === "queued" || accepted.outcome === "merged" || accepted.outcome === "duplicate")
    return accepted;
  throw new Fault("internal", { message: "A request was neither queued nor known." });
};

export type Pokes = {
  readonly poke: (lane: number) => void;
  readonly pokeChat: (chat: number) => void;
  readonly cancel: (stopped: readonly CancelAnswer[]) => Promise<void>;
  readonly decided: (turn: number) => void;
};

/** Why an event stays unanswered, by rule. */
const refusal = (event: Inbound, { line, ignored }: Reading, at: number): string | undefined => {
  if (event.sentAt < at - oldestMs) return "too-old";
  if (event.kind === "other") return event.what ?? "kind-other";
  if (ignored !== undefined) return ignored;
  if (event.kind === "stop" || event.kind === "press") return undefined;
  if (event.kind === "membership" && event.membership?.change !== "moved") return undefined;
  if (isAboutEarlier(event)) return undefined;
  if (!line && !isForAgent(event) && !isNotable(event)) return `kind-${event.kind}`;
  if (line) return undefined;
  if (isNotable(event)) return "noted";
  return isEmpty(event) ? "empty" : undefined;
};

const greetingOf = ({ channel }: Bot, { to }: Inbound, at: number): Greeting => ({
  parts: channel.render({ text: sharedNote }).map((part) => JSON.stringify(part)),
  address: JSON.stringify({ chat: to.chat }),
  deadlineAt: at + worthMs.message,
});

export const createInbox = (deps: {
  readonly store: Store;
  readonly house: House;
  readonly apiBot: number;
  readonly pipeline: Pokes;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
  readonly newTurnId: () => string;
  readonly newKey: () => string;
  readonly addressees: Addressees;
  /** Who may talk to the bot with this slug. */
  readonly access: (slug: string) => BotAccess;
  readonly commands: readonly Command[];
}): Inbox => {
  const { store, house, addressees, pipeline, metrics, log, now } = deps;
  const admins = createAdmins(deps);

  /** Undefined while there is nobody to talk to. Why is the house's to know, and is told with the command's answer. */
  const findAddressee = ({ slug }: Bot): Promise<Addressee | undefined> =>
    within(
      lookMs,
      addressees.find(slug).catch(() => undefined),
    );

  const toCommand = async (bot: Bot, event: Inbound, line: CommandLine, publicId: string): Promise<CommandRequest> => {
    const request = await requestCommand(deps.commands, line, {
      kind: event.chatKind,
      findAddressee: () => findAddressee(bot),
      agents: house.known,
    });
    const asks = request.who === "chat-admin" && event.chatKind === "group";
    const isAdmin = asks ? await admins.isAdmin(bot, event) : undefined;
    return { publicId, ...request, ...(isAdmin === undefined ? {} : { isAdmin }) };
  };

  const toEvent = async (bot: Bot, event: Inbound, at: number): Promise<NewEvent> => {
    const reading = readEvent(store.db, bot, event, at);
    const { line, numbered } = reading;
    const { sender } = event;
    const publicId = deps.newTurnId();
    // Buttons are the bot's own: whoever presses one means it.
    const addressed = event.addressed || event.kind === "press";
    // What is none of our commands may be one of another bot in the group.
    const isForeign = line !== undefined && !addressed && findCommand(deps.commands, line.name) === undefined;
    const ignored = refusal(event, reading, at) ?? (isForeign ? "unknown-command" : undefined);
    const admission = admissionOf(deps.access(bot.slug), { ...event, addressed }, line);
    const row: NewEvent = {
      publicId,
      admission,
      at,
      botId: bot.id,
      keys: event.keys,
      chat: {
        key: chatKeyOf(bot, event),
        kind: event.chatKind,
        ...(event.chatTitle === undefined ? {} : { title: event.chatTitle }),
        ...(event.within === undefined ? {} : { within: `${bot.slug}:${event.within}` }),
      },
      sender: {
        handle: handleOf(bot, event),
        ...(sender.name === undefined ? {} : { name: sender.name }),
      },
      kind: event.kind,
      ...(event.membership?.change === "moved" ? { movedTo: event.membership.chat } : {}),
      sentAt: event.sentAt,
      payload: { ...payloadOf(event), text: reading.text },
      ...(ignored === undefined ? {} : { ignored }),
    };
    if (ignored !== undefined || (!isForAgent(event) && !line)) return row;
    // Only for those who are let in Letta may have to be asked which agents there are.
    const { isIn, isNew } = previewAdmission(store.db, { ...row, admission });
    if (!isIn) return { ...row, unprepared: true };
    if (line) return { ...row, command: await toCommand(bot, event, line, publicId) };
    const stands = numbered && {
      row: numbered.row,
      line: numbered.text,
      command: await toCommand(bot, event, numbered.line, publicId),
    };
    const waitMs = event.chatKind === "group" ? (deps.access(bot.slug).groups.batchMs ?? 0) : 0;
    return {
      ...row,
      ...(stands ? { numbered: stands } : {}),
      turn: { ...addressees.known(bot.slug), publicId, trigger: "message", merges: true, waitMs, dueAt: at },
      ...(isNew ? { greeting: greetingOf(bot, event, at) } : {}),
    };
  };

  /**
   * Looks at the lane of an event whose write was asked for and not yet begun: writes keep their order and share
   * transactions, so the turn is claimed in the one that makes it. Should it be another lane, the look finds nothing, and
   * the right one is looked at after the commit.
   */
  const lookAhead = ({ botId, chat: { key }, turn }: NewEvent): void => {
    const lane = turn && probableLane(store.db, { botId, key });
    if (lane !== undefined) pipeline.poke(lane);
  };

  const accept = async (bot: Bot, inbound: readonly Inbound[], cursor?: string): Promise<readonly Accepted[]> => {
    const at = now();
    const events = await Promise.all(inbound.map((event) => toEvent(bot, event, at)));
    const accepted = store.write.acceptEvents({ botId: bot.id, events, ...(cursor === undefined ? {} : { cursor }) });
    for (const event of events) lookAhead(event);
    return accepted;
  };

  const toRequest = (request: ApiRequest): NewEvent =>
    requestEvent(request, {
      at: now(),
      botId: deps.apiBot,
      key: deps.newKey(),
      publicId: deps.newTurnId(),
      account: { accountId: house.account, server: house.server },
    });

  /** Whatever kept events from being committed, their sender may try again: nothing of them was kept. */
  const committed = async <T>(bot: string, count: number, write: Promise<T>): Promise<T> => {
    const startedAt = now();
    try {
      const accepted = await write;
      metrics.committed(now() - startedAt);
      return accepted;
    } catch (error) {
      const fault = asFault(error);
      // Nothing failed yet: it is tried again at once.
      if (fault.code === "conflict") throw fault;
      metrics.received(bot, "failed", count);
      throw fault.code === "internal" ? new Fault("storage_failed", { cause: fault.cause }) : fault;
    }
  };

  /** Commits may let a turn run, or stop some. */
  const follow = async (bot: string, accepted: readonly Accepted[]): Promise<void> => {
    for (const one of accepted) {
      metrics.received(bot, one.outcome);
      if (one.outcome === "queued" || one.outcome === "merged") {
        pipeline.poke(one.lane);
        if (one.greeted !== undefined) pipeline.pokeChat(one.greeted);
      }
      if (one.outcome === "command" && one.lane !== null) pipeline.poke(one.lane);
      if (one.outcome === "command" && one.lane === null) pipeline.pokeChat(one.chat);
      if (one.outcome === "command" && one.decided !== undefined) pipeline.decided(one.decided);
      if (one.outcome === "stop" || one.outcome === "command") await pipeline.cancel(one.stopped);
    }
  };

  /** The platform shows that a press is under way until it hears of it. Nobody waits for that, and nothing hangs on it. */
  const answerPresses = (bot: Bot, inbound: readonly Inbound[], accepted: readonly Accepted[]): void => {
    for (const [index, { to, pressId }] of inbound.entries()) {
      if (pressId === undefined || !bot.channel.answerPress) continue;
      const one = accepted[index];
      const word = one?.outcome === "ignored" ? wordFor(one.why) : undefined;
      bot.channel
        .answerPress(to, pressId, word, AbortSignal.timeout(answerPressMs))
        .catch((error: unknown) => log.info("press.unanswered", { bot: bot.slug, code: asFault(error).code }));
    }
  };

  const take: typeof accept = async (bot, inbound, cursor) => {
    const accepted = await committed(bot.slug, inbound.length, accept(bot, inbound, cursor));
    answerPresses(bot, inbound, accepted);
    await follow(bot.slug, accepted);
    return accepted;
  };

  return {
    receive: async (bot, inbound, cursor) => {
      try {
        return await take(bot, inbound, cursor);
      } catch (error) {
        if (asFault(error).code !== "conflict") throw error;
      }
      // One event may let in whoever sends the next; then each is made when the one before is accepted and followed.
      const accepted: Accepted[] = [];
      for (const [index, event] of inbound.entries()) {
        accepted.push(...(await take(bot, [event], index === inbound.length - 1 ? cursor : undefined)));
      }
      return accepted;
    },
    request: async (request) => {
      const event = toRequest(request);
      const written = store.write.acceptEvent(event);
      lookAhead(event);
      const accepted = await committed(apiSlug, 1, written);
      await follow(apiSlug, [accepted]);
      return requested(accepted);
    },
    hear: async (request, hearing) => {
      const accepted = await committed(apiSlug, 1, store.write.hear({ event: toRequest(request), hearing }));
      if (accepted.outcome === "overtaken") return accepted;
      await follow(apiSlug, [accepted]);
      return requested(accepted);
    },
  };
};
