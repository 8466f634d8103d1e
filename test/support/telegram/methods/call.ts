/** What every method is given beside its arguments, and how it gets at the chat it is about. */
import { isSlot, type Upload } from "../request.ts";
import { forbidden, missing, refusal, wrong } from "../refusal.ts";
import { type Bot, findRoom, type Room, type World } from "../world.ts";

export type Call = {
  readonly world: World;
  readonly bot: Bot;
  readonly method: string;
  readonly uploads: ReadonlyMap<string, Upload>;
  /** Aborted when the caller has gone. */
  readonly gone: AbortSignal;
};

export type ChatId = number | string;

const unsupported = ["business_connection_id", "direct_messages_topic_id", "ephemeral_message_parameters"];

/** The room, whatever the bot's standing in it. */
export const findChat = ({ world, bot }: Call, chatId: ChatId | undefined): Room => {
  if (typeof chatId !== "number") throw missing("chat not found");
  const room = findRoom(world, bot, chatId);
  if (!room) throw missing("chat not found");
  if (room.migratedTo !== undefined) {
    const parameters = { migrate_to_chat_id: room.migratedTo };
    throw refusal(400, "group chat was upgraded to a supergroup chat", "world", parameters);
  }
  return room;
};

const nameOf = ({ kind }: Room): string => `${kind} chat`;

const checkStanding = ({ bot, world }: Call, room: Room): void => {
  const standing = room.standings.get(bot.user.id);
  if (room.kind === "private") {
    if (world.people.get(room.id)?.deactivated) throw forbidden("user is deactivated");
    if (standing === "kicked") throw forbidden("bot was blocked by the user");
    return;
  }
  if (standing === "kicked") throw forbidden(`bot was kicked from the ${nameOf(room)}`);
  if (standing === undefined || standing === "left") throw forbidden(`bot is not a member of the ${nameOf(room)}`);
  if (room.kind === "channel" && standing === "member") throw missing("need administrator rights in the channel chat");
};

export type Target = {
  readonly chat_id?: ChatId | undefined;
  readonly message_thread_id?: number | undefined;
};

/** The room, where the bot may write now, in that thread. */
export const reach = (call: Call, target: Target): Room => {
  const special = unsupported.filter((name) => (target as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (special.length > 0) throw wrong(`${special.join(", ")}: the double knows no such chats`);
  const room = findChat(call, target.chat_id);
  checkStanding(call, room);
  const thread = target.message_thread_id;
  if (thread !== undefined && !room.topics.has(thread)) throw missing("message thread not found");
  return room;
};

/** A file that comes with the request, was sent before, or lies on the net. */
export const uploadOf = ({ uploads }: Call, field: string, value: string): Upload | undefined =>
  isSlot(value) ? uploads.get(value.slice("attach://".length)) : uploads.get(field);
