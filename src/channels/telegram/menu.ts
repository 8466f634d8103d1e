/** The menu of commands that clients show: told to Telegram when it is not the one that it has. */
import type { BotCommand, BotCommandScope } from "grammy/types";
import type { CommandInfo } from "../channel.ts";
import type { TelegramApi } from "./api.ts";

const listMax = 100;
const summaryMax = 256;

type Menu = { readonly scope: BotCommandScope; readonly who: readonly CommandInfo["who"][] };

/** What only the operator may do is for `/help` to tell them: Telegram does not know who that is. */
const menus: readonly Menu[] = [
  { scope: { type: "all_private_chats" }, who: ["anyone", "owner", "chat-admin"] },
  { scope: { type: "all_group_chats" }, who: ["anyone"] },
  { scope: { type: "all_chat_administrators" }, who: ["anyone", "owner", "chat-admin"] },
];

/** Telegram takes no hyphens in names. */
const entryOf = ({ name, summary }: CommandInfo): BotCommand => ({
  command: name.replaceAll("-", "_"),
  description: summary.slice(0, summaryMax),
});

const isSame = (one: readonly BotCommand[], other: readonly BotCommand[]): boolean =>
  one.length === other.length &&
  one.every(({ command, description }, index) => {
    const same = other[index];
    return same?.command === command && same.description === description;
  });

export const installMenus = async (
  api: TelegramApi,
  commands: readonly CommandInfo[],
  abort: AbortSignal,
): Promise<void> => {
  for (const { scope, who } of menus) {
    const wanted = commands
      .filter((command) => who.includes(command.who))
      .map(entryOf)
      .filter(({ command, description }) => /^[a-z\d_]{1,32}$/.test(command) && description !== "")
      .slice(0, listMax);
    const there = await api.call("getMyCommands", { scope }, { abort });
    if (!isSame(there, wanted)) await api.call("setMyCommands", { commands: wanted, scope }, { abort });
  }
};
