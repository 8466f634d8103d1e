/** Who is in which chat, as people arrange it: groups, topics, joining, blocking, upgrading. */
import type { User } from "grammy/types";
import { seconds } from "./clock.ts";
import { chatMember } from "./members.ts";
import { dayMs } from "./updates.ts";
import { addRoom, type Bot, chatOf, envelope, type Room, type Standing, store, type World } from "./world.ts";

export type NewPerson = {
  readonly name: string;
  readonly id?: number;
  readonly username?: string;
  readonly language?: string;
};

export type NewGroup = {
  readonly title: string;
  readonly kind?: "group" | "supergroup" | "channel";
  /** A supergroup with topics. */
  readonly hasTopics?: boolean;
  /** The first of them made it. */
  readonly people: readonly number[];
  readonly administrators?: readonly number[];
  /** How the bot stands in it from the beginning, of which it is told nothing; it is not there unless set. */
  readonly bot?: Standing;
};

export type ByAndChat = { readonly chat: number; readonly by: number; readonly bot?: number };

const firstPerson = 700_001;
const firstGroup = -4_000_001;
const firstSupergroup = -1_002_000_000_001;

export const createPeople = (world: World, find: Finders) => {
  let groups = 0;
  let topics = 100;

  const tell = (bot: Bot, room: Room, from: User, before: Standing, after: Standing): void => {
    bot.updates.push({
      kind: "my_chat_member",
      payload: {
        chat: chatOf(room),
        from,
        date: seconds(world.clock.now()),
        old_chat_member: chatMember(bot.user, before),
        new_chat_member: chatMember(bot.user, after),
      },
      queue: `chat/${room.id}`,
      lifeMs: dayMs,
    });
  };

  const stand = (bot: Bot, room: Room, by: number, after: Standing): void => {
    const before = room.standings.get(bot.user.id) ?? "left";
    room.standings.set(bot.user.id, after);
    if (before !== after) tell(bot, room, find.person(by), before, after);
    world.changed();
  };

  /** A message that the platform writes. */
  const note = (room: Room, from: User, what: object): void => {
    const message = { ...envelope(world, room, from), ...what };
    store(world, room, message);
    find.deliver(room, "message", message);
  };

  const move = (room: Room, person: number, after: Standing): void => {
    const before = room.standings.get(person) ?? "left";
    room.standings.set(person, after);
    const user = find.person(person);
    for (const bot of world.bots.filter(({ user: { id } }) => room.standings.get(id) === "administrator")) {
      bot.updates.push({
        kind: "chat_member",
        payload: {
          chat: chatOf(room),
          from: user,
          date: seconds(world.clock.now()),
          old_chat_member: chatMember(user, before),
          new_chat_member: chatMember(user, after),
        },
        queue: `member/${person}`,
        lifeMs: dayMs,
      });
    }
  };

  return {
    addPerson: ({ name, id = firstPerson + world.people.size, username, language }: NewPerson): number => {
      const person = { id, is_bot: false, first_name: name };
      world.people.set(id, {
        ...person,
        ...(username !== undefined && { username }),
        ...(language !== undefined && { language_code: language }),
      });
      return id;
    },
    addGroup: ({ title, kind = "group", hasTopics = false, people, administrators = [], bot }: NewGroup): number => {
      groups += 1;
      const isTopical = hasTopics && kind !== "channel";
      const actual = isTopical ? "supergroup" : kind;
      const id = (actual === "group" ? firstGroup : firstSupergroup) - groups;
      const room = addRoom(world, { id, kind: actual, title, hasTopics: isTopical });
      for (const [place, person] of people.entries()) room.standings.set(person, place === 0 ? "creator" : "member");
      for (const person of administrators) room.standings.set(person, "administrator");
      if (bot !== undefined) room.standings.set(find.bot().user.id, bot);
      return id;
    },
    addTopic: (chat: number, name: string, bot?: number): number => {
      const room = find.room(chat, bot);
      if (!room.hasTopics) throw new Error(`chat ${chat} has no topics`);
      topics += 1;
      room.topics.set(topics, { id: topics, name });
      return topics;
    },
    removeTopic: (chat: number, topic: number): void => {
      find.room(chat).topics.delete(topic);
    },
    join: (chat: number, person: number): void => {
      const room = find.room(chat);
      move(room, person, "member");
      const user = find.person(person);
      if (room.kind !== "channel") note(room, user, { new_chat_members: [user] });
    },
    leave: (chat: number, person: number): void => {
      const room = find.room(chat);
      const user = find.person(person);
      if (room.kind !== "channel") note(room, user, { left_chat_member: user });
      move(room, person, "left");
    },
    promote: (chat: number, person: number): void => {
      move(find.room(chat), person, "administrator");
    },
    demote: (chat: number, person: number): void => {
      move(find.room(chat), person, "member");
    },
    addBot: ({ chat, by, bot, as = "member" }: ByAndChat & { readonly as?: "member" | "administrator" }): void => {
      const room = find.room(chat);
      const added = find.bot(bot);
      const wasThere = ["member", "administrator"].includes(room.standings.get(added.user.id) ?? "");
      stand(added, room, by, as);
      if (!wasThere && room.kind !== "channel") note(room, find.person(by), { new_chat_members: [added.user] });
    },
    removeBot: ({ chat, by, bot }: ByAndChat): void => {
      const room = find.room(chat);
      stand(find.bot(bot), room, by, "kicked");
    },
    block: (person: number, bot?: number): void => {
      stand(find.bot(bot), find.private(person, bot), person, "kicked");
    },
    unblock: (person: number, bot?: number): void => {
      stand(find.bot(bot), find.private(person, bot), person, "member");
    },
    /** The account is gone. */
    deactivate: (person: number): void => {
      world.people.set(person, { ...find.person(person), deactivated: true });
    },
    /** A group becomes a supergroup with another id; everything to the old one is refused from then on. */
    upgrade: (chat: number): number => {
      const old = find.room(chat);
      if (old.kind !== "group") throw new Error("only a group can be upgraded");
      groups += 1;
      const id = firstSupergroup - groups;
      const owner = [...old.standings].find(([, standing]) => standing === "creator")?.[0] ?? 0;
      const standings = new Map(old.standings);
      const room = addRoom(world, { id, kind: "supergroup", title: old.title, standings });
      const user = find.person(owner);
      note(old, user, { migrate_to_chat_id: id });
      old.migratedTo = id;
      note(room, user, { migrate_from_chat_id: chat });
      return id;
    },
  };
};

/** How the users' side finds what it names; it throws where there is no such thing. */
export type Finders = {
  bot(id?: number): Bot;
  person(id: number): User;
  room(chat: number, bot?: number): Room;
  /** A person's chat with a bot, which is begun if it was not. */
  private(person: number, bot?: number): Room;
  /** To every bot that is in the room and may see it. */
  deliver(room: Room, kind: "message" | "edited_message", message: object): void;
};
