/** What a bot may know of a chat, and its own list of commands. */
import type { BotCommand, ChatMember } from "grammy/types";
import type { Arguments } from "../parameters.ts";
import { missing, wrong } from "../refusal.ts";
import { chatOf, type Room, type Standing, type World } from "../world.ts";
import { type Call, findChat, reach } from "./call.ts";
import { chatMember } from "../members.ts";

const inside: readonly Standing[] = ["creator", "administrator", "member"];

const userOf = (world: World, id: number) =>
  world.people.get(id) ?? world.bots.find(({ user }) => user.id === id)?.user;

const memberOf = ({ world }: Call, room: Room, id: number): ChatMember => {
  const user = userOf(world, id);
  if (!user) throw missing("user not found");
  return chatMember(user, room.standings.get(id) ?? "left");
};

export const getChat = (call: Call, { chat_id }: Arguments<"getChat">) => {
  const room = reach(call, { chat_id });
  return { ...chatOf(room), accent_color_id: 0, max_reaction_count: 11 };
};

export const getChatMember = (call: Call, { chat_id, user_id }: Arguments<"getChatMember">): ChatMember =>
  memberOf(call, reach(call, { chat_id }), user_id);

export const getChatAdministrators = (call: Call, args: Arguments<"getChatAdministrators">): readonly ChatMember[] => {
  const room = reach(call, { chat_id: args.chat_id });
  if (room.kind === "private") throw wrong("there are no administrators in the private chat");
  const isBot = (id: number): boolean => call.world.bots.some(({ user }) => user.id === id);
  return [...room.standings]
    .filter(
      ([id, standing]) => standing === "creator" || (standing === "administrator" && (args.return_bots || !isBot(id))),
    )
    .map(([id]) => memberOf(call, room, id));
};

export const leaveChat = (call: Call, { chat_id }: Arguments<"leaveChat">): true => {
  const room = findChat(call, chat_id);
  if (room.kind === "private") throw missing("chat member status can't be changed in private chats");
  if (!inside.includes(room.standings.get(call.bot.user.id) ?? "left"))
    throw missing("bot is not a member of the chat");
  room.standings.set(call.bot.user.id, "left");
  call.world.changed();
  return true;
};

const descriptionMax = 256;

const checkCommand = ({ command, description }: Pick<BotCommand, "command" | "description">): void => {
  if (!/^[a-z0-9_]{1,32}$/u.test(command)) throw wrong("BOT_COMMAND_INVALID");
  if (description.trim() === "" || description.length > descriptionMax) throw wrong("BOT_COMMAND_DESCRIPTION_INVALID");
};

type List = Pick<Arguments<"getMyCommands">, "scope" | "language_code">;

const keyOf = (call: Call, { scope, language_code }: List): string => {
  if (scope !== undefined && "chat_id" in scope) findChat(call, scope.chat_id);
  return JSON.stringify([scope ?? { type: "default" }, language_code ?? ""]);
};

export const setMyCommands = (call: Call, args: Arguments<"setMyCommands">): true => {
  for (const one of args.commands) checkCommand(one);
  const names = new Set(args.commands.map(({ command }) => command));
  if (names.size !== args.commands.length) throw wrong("BOT_COMMAND_DUPLICATE");
  call.bot.commands.set(keyOf(call, args), args.commands as readonly BotCommand[]);
  call.world.changed();
  return true;
};

export const getMyCommands = (call: Call, args: List): readonly BotCommand[] =>
  call.bot.commands.get(keyOf(call, args)) ?? [];

export const deleteMyCommands = (call: Call, args: List): true => {
  call.bot.commands.delete(keyOf(call, args));
  return true;
};

const actionsOf = (room: Room): void => {
  if (room.kind === "channel") throw wrong("chat actions can't be sent to channels");
};

export const sendChatAction = (call: Call, args: Arguments<"sendChatAction">): true => {
  actionsOf(reach(call, args));
  return true;
};
