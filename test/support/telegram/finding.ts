/** How the users' side finds bots, people and chats, and which bots see what is said. */
import type { Message } from "grammy/types";
import type { Finders } from "./people.ts";
import { dayMs } from "./updates.ts";
import { addRoom, type Bot, type Room, type World } from "./world.ts";

const isAddressed = ({ user }: Bot, message: Message): boolean => {
  const text = message.text ?? message.caption ?? "";
  const name = `@${user.username}`.toLowerCase();
  if (message.reply_to_message?.from?.id === user.id) return true;
  return (message.entities ?? message.caption_entities ?? []).some((entity) => {
    const said = text.slice(entity.offset, entity.offset + entity.length).toLowerCase();
    if (entity.type === "mention") return said === name;
    if (entity.type === "text_mention") return entity.user.id === user.id;
    return entity.type === "bot_command" && (!said.includes("@") || said.endsWith(name));
  });
};

const isService = (message: Message): boolean =>
  message.new_chat_members !== undefined ||
  message.left_chat_member !== undefined ||
  message.migrate_to_chat_id !== undefined ||
  message.migrate_from_chat_id !== undefined;

/** In a group, privacy mode hides what is not addressed to a bot that is no administrator. */
const sees = (bot: Bot, room: Room, message: Message): boolean => {
  if (room.kind === "private") return room.bot === bot.user.id;
  const standing = room.standings.get(bot.user.id);
  if (standing !== "member" && standing !== "administrator") return false;
  if (room.kind === "channel" || standing === "administrator" || bot.user.can_read_all_group_messages) return true;
  return isService(message) || isAddressed(bot, message);
};

export const createFinders = (world: World): Finders => {
  const find: Finders = {
    bot: (id) => {
      const found = id === undefined ? world.bots[0] : world.bots.find(({ user }) => user.id === id);
      if (!found) throw new Error(`there is no bot ${id ?? ""}`);
      return found;
    },
    person: (id) => {
      const found = world.people.get(id);
      if (!found) throw new Error(`there is no person ${id}`);
      const { deactivated: _gone, ...user } = found;
      return user;
    },
    room: (chat, bot) => {
      if (world.people.has(chat)) return find.private(chat, bot);
      const found = world.rooms.find(({ id, kind }) => id === chat && kind !== "private");
      if (!found) throw new Error(`there is no chat ${chat}`);
      return found;
    },
    private: (person, bot) => {
      const { user } = find.bot(bot);
      const found = world.rooms.find(
        ({ id, kind, bot: owner }) => kind === "private" && id === person && owner === user.id,
      );
      if (found) return found;
      const standings = new Map([[user.id, "member" as const]]);
      return addRoom(world, {
        id: person,
        kind: "private",
        person: find.person(person),
        bot: user.id,
        hasTopics: user.has_topics_enabled,
        standings,
      });
    },
    deliver: (room, kind, message) => {
      const posted = room.kind === "channel" ? kind.replace("message", "channel_post") : kind;
      for (const bot of world.bots) {
        if (!sees(bot, room, message as Message)) continue;
        bot.updates.push({ kind: posted, payload: message, queue: `chat/${room.id}`, lifeMs: dayMs });
      }
    },
  };
  return find;
};
