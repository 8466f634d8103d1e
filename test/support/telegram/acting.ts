/** What people do with messages: press a button, react, stop an answer. And what the platform does by itself. */
import type { CallbackQuery, InlineKeyboardButton } from "grammy/types";
import { seconds } from "./clock.ts";
import { isShown } from "./methods/drafts.ts";
import type { Finders } from "./people.ts";
import { dayMs, pressMs } from "./updates.ts";
import { chatOf, type Room, type Stored, type World } from "./world.ts";

export type At = { readonly from: number; readonly chat?: number; readonly bot?: number };

/** A button by its label; or data that a client sends, whether or not the message has it. */
export type Pressed = At & { readonly id: number; readonly label?: string; readonly data?: string };

const dataOf = (stored: Stored | undefined, { label, data, id }: Pressed): string => {
  if (data !== undefined) return data;
  const buttons: readonly InlineKeyboardButton[] = stored?.message.reply_markup?.inline_keyboard.flat() ?? [];
  const found = label === undefined ? buttons[0] : buttons.find(({ text }) => text === label);
  if (!found) {
    const labels = buttons.map(({ text }) => text).join(", ");
    throw new Error(`message ${id} has no button ${label ?? ""}; it has: ${labels}`);
  }
  if (!("callback_data" in found)) throw new Error(`the button ${found.text} tells the bot nothing`);
  return found.callback_data;
};

const shape = (list: readonly string[]) => list.map((emoji) => ({ type: "emoji", emoji }));

export const createActing = (world: World, find: Finders) => {
  let presses = 0;

  const where = ({ from, chat = from, bot }: At): Room => find.room(chat, bot);

  /** The bot that a message is of. */
  const ownerOf = (room: Room, stored: Stored | undefined, bot: number | undefined) =>
    find.bot(bot ?? stored?.bot ?? room.bot);

  return {
    /** Answers the press's id. */
    press: (pressed: Pressed): string => {
      const room = where(pressed);
      const stored = room.messages.get(pressed.id);
      const data = dataOf(stored, pressed);
      presses += 1;
      const id = `${4_000_000_000_000 + presses}`;
      const query: CallbackQuery = {
        id,
        from: find.person(pressed.from),
        message: stored?.message ?? { chat: chatOf(room), message_id: pressed.id, date: 0 },
        chat_instance: `${room.id}`,
        data,
      };
      const at = world.clock.now();
      world.presses.set(id, { id, chat: room.id, messageId: pressed.id, from: pressed.from, at, answer: undefined });
      const { updates } = ownerOf(room, stored, pressed.bot);
      updates.push({ kind: "callback_query", payload: query, queue: `press/${pressed.from}`, lifeMs: pressMs });
      return id;
    },
    /** Sets a person's reaction; without an emoji it is taken back. */
    react: ({ id, emoji, ...at }: At & { readonly id: number; readonly emoji?: string }): void => {
      const room = where(at);
      const stored = room.messages.get(id);
      if (!stored) throw new Error(`there is no message ${id}`);
      const before = stored.reactions.get(at.from) ?? [];
      const after = emoji === undefined ? [] : [emoji];
      stored.reactions.set(at.from, after);
      const payload = {
        chat: chatOf(room),
        message_id: id,
        user: find.person(at.from),
        date: seconds(world.clock.now()),
        old_reaction: shape(before),
        new_reaction: shape(after),
      };
      for (const { user, updates } of world.bots) {
        const isHeard =
          room.kind === "private" ? room.bot === user.id : room.standings.get(user.id) === "administrator";
        if (isHeard) {
          updates.push({ kind: "message_reaction", payload, queue: `reaction/${room.id}`, lifeMs: dayMs });
        }
      }
      world.changed();
    },
    /** Presses Stop on the draft that is shown. */
    stopAnswer: ({ thread, ...at }: At & { readonly thread?: number }): void => {
      const room = find.private(at.from, at.bot);
      const draft = room.drafts.findLast(
        (one) => one.thread === thread && one.end === undefined && isShown(world, one),
      );
      if (!draft) throw new Error("no draft is shown");
      if (!draft.canStop) throw new Error("the draft has no Stop button");
      draft.end = "stopped";
      find.bot(at.bot).updates.push({
        kind: "stopped_message_generation",
        payload: {
          chat: chatOf(room),
          draft_id: draft.draftId,
          ...(thread === undefined ? {} : { message_thread_id: thread }),
        },
        queue: `stop/${room.id}`,
        lifeMs: dayMs,
      });
      world.changed();
    },
    /** An update of a kind that the platform invented today. */
    unknown: ({
      kind,
      payload,
      bot,
    }: {
      readonly kind: string;
      readonly payload: unknown;
      readonly bot?: number;
    }): number =>
      find.bot(bot).updates.push({ kind, payload, queue: `kind/${kind}`, lifeMs: dayMs, isForced: true }) ?? 0,
    /** Delivers an update once more; without an id the last one. */
    again: (updateId?: number, bot?: number): number => {
      const { updates } = find.bot(bot);
      const id = updateId ?? updates.lastId();
      updates.again(id);
      return id;
    },
  };
};
