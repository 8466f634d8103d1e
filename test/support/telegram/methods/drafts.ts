/** Drafts: a preview in a private chat that lasts 30 seconds, and that a real message has to follow. */
import type { MessageEntity } from "grammy/types";
import { format, textMax } from "../entities.ts";
import type { Arguments } from "../parameters.ts";
import { wrong } from "../refusal.ts";
import { fetches, readRich, richText } from "../rich.ts";
import type { Draft, Room, World } from "../world.ts";
import { type Call, reach } from "./call.ts";

export const draftMs = 30_000;

export const isShown = (world: World, { end, lastAt, keepOnStop }: Draft): boolean =>
  (end === undefined || (end === "stopped" && keepOnStop)) && world.clock.now() - lastAt <= draftMs;

/** Marks what nobody sees any more. */
export const expireDrafts = (world: World, room: Room): void => {
  for (const draft of room.drafts) {
    if (draft.end === undefined && world.clock.now() - draft.lastAt > draftMs) draft.end = "expired";
  }
};

type Drafting = {
  readonly chat_id: number;
  readonly message_thread_id?: number | undefined;
  readonly draft_id: number;
  readonly can_stop?: boolean | undefined;
  readonly keep_on_stop?: boolean | undefined;
};

const show = (call: Call, args: Drafting, text: string, entities: readonly MessageEntity[]): true => {
  const { world, method } = call;
  const room = reach(call, args);
  if (room.kind !== "private") throw wrong("drafts can be sent to private chats only");
  if (args.draft_id === 0) throw wrong("draft_id must be non-zero");
  expireDrafts(world, room);
  const at = world.clock.now();
  const { chat_id: chat, message_thread_id: thread, draft_id: draftId } = args;
  const known = room.drafts.findLast((one) => one.draftId === draftId && one.thread === thread);
  if (known?.end === "stopped") {
    known.afterStop += 1;
    return true;
  }
  // An expired one that comes back is the same draft; one that was followed begins anew.
  const isNew = known === undefined || known.end === "followed";
  const draft: Draft = isNew
    ? {
        chat,
        thread,
        draftId,
        text,
        entities,
        firstAt: at,
        lastAt: at,
        times: 0,
        canStop: false,
        keepOnStop: false,
        end: undefined,
        afterStop: 0,
      }
    : known;
  // Another id takes the place of what is shown.
  for (const other of room.drafts) {
    if (other !== draft && other.thread === thread && other.end === undefined) other.end = "expired";
  }
  draft.text = text;
  draft.entities = entities;
  draft.lastAt = at;
  draft.times += 1;
  draft.canStop = args.can_stop ?? false;
  draft.keepOnStop = args.keep_on_stop ?? false;
  draft.end = undefined;
  if (isNew) room.drafts.push(draft);
  world.taken.push({ kind: "draft", method, chat, thread, id: draftId, text, at });
  world.changed();
  return true;
};

export const sendMessageDraft = (call: Call, args: Arguments<"sendMessageDraft">): true => {
  const { text, entities } = format(args.text ?? "", args);
  if (text.length > textMax) throw wrong("message is too long");
  return show(call, args, text, entities);
};

export const sendRichMessageDraft = (call: Call, args: Arguments<"sendRichMessageDraft">): true => {
  const { rich_message: source } = args;
  readRich(source);
  if (fetches(source)) throw wrong("rich drafts can't fetch files");
  return show(call, args, richText(source), []);
};
