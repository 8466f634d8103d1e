/** What a test may see: chats as their members see them now, and everything that led there. */
import { expireDrafts, isShown } from "./methods/drafts.ts";
import type { Journal } from "./journal.ts";
import type { Finders } from "./people.ts";
import { richText } from "./rich.ts";
import type { Draft, Press, Room, Stored, Taken, World } from "./world.ts";

export type Shown = {
  readonly id: number;
  readonly from: string;
  readonly isBot: boolean;
  /** What a member reads: text, caption, or a rich message's source. */
  readonly text: string;
  readonly isRich: boolean;
  readonly isEdited: boolean;
  readonly thread: number | undefined;
  readonly replyTo: number | undefined;
  /** Labels, by row. */
  readonly buttons: readonly (readonly string[])[];
  /** What it is if it is more than text. */
  readonly attached: string | undefined;
  readonly reactions: readonly string[];
  /** A preview that is shown now; its id is the draft's. */
  readonly isDraft: boolean;
};

const attachments = [
  "photo",
  "document",
  "voice",
  "audio",
  "video",
  "video_note",
  "sticker",
  "location",
  "contact",
  "new_chat_members",
  "left_chat_member",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
] as const;

const textOf = ({ message, source }: Stored): string =>
  source === undefined
    ? (message.text ?? message.caption ?? "")
    : richText(JSON.parse(source) as Parameters<typeof richText>[0]);

const show = (stored: Stored): Shown => {
  const { message } = stored;
  return {
    id: message.message_id,
    from: message.from?.first_name ?? message.sender_chat?.title ?? "",
    isBot: stored.bot !== undefined,
    text: textOf(stored),
    isRich: message.rich_message !== undefined,
    isEdited: message.edit_date !== undefined,
    thread: message.message_thread_id,
    replyTo: message.reply_to_message?.message_id,
    buttons: (message.reply_markup?.inline_keyboard ?? []).map((row) => row.map(({ text }) => text)),
    attached: attachments.find((name) => message[name] !== undefined),
    reactions: [...stored.reactions.values()].flat(),
    isDraft: false,
  };
};

const showDraft = (from: string, { draftId, text, thread, canStop }: Draft): Shown => ({
  id: draftId,
  from,
  isBot: true,
  text,
  isRich: false,
  isEdited: false,
  thread,
  replyTo: undefined,
  buttons: canStop ? [["Stop"]] : [],
  attached: undefined,
  reactions: [],
  isDraft: true,
});

export type Copies = { readonly chat: number; readonly text: string; readonly times: number };

const isIn = (chat: number | undefined) => (one: { readonly chat: number }) => chat === undefined || one.chat === chat;

export const createJudging = (world: World, journal: Journal, find: Finders) => {
  const draftsOf = (room: Room): readonly Draft[] => {
    expireDrafts(world, room);
    return room.drafts;
  };

  return {
    /** The messages of a chat as its members see them now, then the drafts that are shown. */
    messages: (chat: number, bot?: number): readonly Shown[] => {
      const room = find.room(chat, bot);
      const name = find.bot(room.bot).user.first_name;
      const drafts = draftsOf(room).filter((draft) => isShown(world, draft));
      return [...[...room.messages.values()].map(show), ...drafts.map((draft) => showDraft(name, draft))];
    },
    /** Every message, edit and draft of a bot that the platform took, in order, whatever the bot was answered. */
    taken: (chat?: number): readonly Taken[] => world.taken.filter(isIn(chat)),
    /** Messages that were sent more than once with the same text. */
    copies: (chat?: number): readonly Copies[] => {
      const counts = new Map<string, Copies>();
      for (const { kind, chat: where, text } of world.taken.filter(isIn(chat))) {
        const key = `${where} ${text}`;
        if (kind === "message") counts.set(key, { chat: where, text, times: (counts.get(key)?.times ?? 0) + 1 });
      }
      return [...counts.values()].filter(({ times }) => times > 1);
    },
    /** The shortest time between two edits of a chat, or a message and its first edit; nothing where there were none. */
    spacing: (chat: number): number | undefined => {
      const shows = world.taken.filter((one) => one.chat === chat && one.kind !== "draft");
      const gaps = shows.flatMap(({ kind, at }, place) => {
        const before = shows[place - 1];
        return kind === "edit" && before ? [at - before.at] : [];
      });
      return gaps.length === 0 ? undefined : Math.min(...gaps);
    },
    /** The most messages and edits that a chat was given within so many milliseconds. */
    busiest: (chat: number, withinMs: number): number => {
      const times = world.taken.filter((one) => one.chat === chat && one.kind !== "draft").map(({ at }) => at);
      return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + withinMs).length));
    },
    drafts: (chat: number, bot?: number): readonly Draft[] => draftsOf(find.room(chat, bot)),
    /** Drafts that no message followed and nobody stopped. Those that are still shown count. */
    leftBehind: (): readonly Draft[] =>
      world.rooms.flatMap(draftsOf).filter(({ end }) => end === undefined || end === "expired"),
    presses: (): readonly Press[] => [...world.presses.values()],
    log: journal.log,
    /** Every request that was not done as asked, with whose doing it was. */
    refused: journal.refused,
    /** Requests that nobody sends who knows the documentation: malformed, too long, misspelt, in the wrong place. */
    violations: journal.violations,
    /** What rich messages and URLs made the platform fetch from the net. */
    fetched: (): readonly string[] => world.fetched,
    /** Updates that the bot has not taken yet. */
    pending: (bot?: number): number => find.bot(bot).updates.pending().length,
    /** Whether a getUpdates waits. */
    isPolled: (bot?: number): boolean => find.bot(bot).poll !== undefined,
    deliveries: (bot?: number) => find.bot(bot).updates.deliveries(),
    dropped: (bot?: number) => find.bot(bot).updates.dropped(),
    webhook: (bot?: number) => {
      const set = find.bot(bot).pusher.webhook();
      return set && { url: set.url, hasSecret: set.secret !== undefined, connections: set.connections };
    },
    commands: (bot?: number) => Object.fromEntries(find.bot(bot).commands),
  };
};
