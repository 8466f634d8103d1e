/** `/group`: what the bot does in a group. Its administrators may hold it shorter than the operator does, never longer. */
import { type GroupMode, groupModes, modeOf as effectiveMode } from "../access/rules.ts";
import { code } from "../render/literal.ts";
import type { Change, Changed } from "../store/changes.ts";
import { type ChatSettings, type SettingChanges, settingsOfChat } from "../store/chat-settings.ts";
import type { Command, CommandReply } from "./command.ts";

const usage = "/group [mode <mode> | limit <messages a day> [per person] | allow <ids>]";

const meaning: Readonly<Record<GroupMode, string>> = {
  disabled: "The bot listens to nothing here",
  "mention-only": "The agent hears and answers those who address it",
  listen: "The agent hears everything, and answers those who address it",
  open: "The agent hears and answers everything",
};

const modeOf = (words: string): GroupMode | undefined => {
  const name = words.toLowerCase().replaceAll(/[\s_]+/g, "-");
  return groupModes.find((mode) => mode === name || (mode === "mention-only" && name === "mention"));
};

/** What the words set; undefined when they set nothing that there is. */
const changesIn = (words: string): SettingChanges | undefined => {
  const [, verb = "", rest = ""] = /^(\S+)(?:\s+([^]+))?$/.exec(words) ?? [];
  if (/^mode$/i.test(verb)) {
    const mode = modeOf(rest);
    return mode && { mode };
  }
  if (/^limit$/i.test(verb)) {
    const [, amount, per] = /^(\d{1,6}|off)(\s+per\s+person)?$/i.exec(rest) ?? [];
    if (amount === undefined) return undefined;
    const limit = /^off$/i.test(amount) ? null : Number(amount);
    return per === undefined ? { dailyLimit: limit } : { dailyPersonLimit: limit };
  }
  if (/^allow$/i.test(verb) && rest !== "") {
    return { allowed: /^(all|everybody|everyone)$/i.test(rest) ? null : rest.split(/[\s,]+/).filter(Boolean) };
  }
  return undefined;
};

const limitWords = (limit: number | null | undefined, per: string): readonly string[] =>
  limit == null ? [] : [`At most ${limit} messages a day${per}.`];

const describe = (settings: ChatSettings | undefined, configured: GroupMode): string => {
  const mode = effectiveMode(settings, configured);
  const allowed = settings?.allowed == null ? null : (JSON.parse(settings.allowed) as readonly string[]);
  return [
    `${meaning[mode]} (\`${mode}\`).`,
    ...limitWords(settings?.dailyLimit, ""),
    ...limitWords(settings?.dailyPersonLimit, " from each person"),
    ...(allowed === null ? [] : [`It listens only to ${allowed.map(code).join(", ")}.`]),
  ].join("\n\n");
};

const tooWide = ({ of, most }: Extract<Changed, { kind: "too-wide" }>): string => {
  if (of === "allowed")
    return "Nothing was changed: the operator has named who is listened to; you may only take some out.";
  const bound = of === "mode" ? `the mode \`${most}\`` : `${most} messages a day`;
  return `Nothing was changed: the operator allows no more than ${bound} here.`;
};

const menu = (settings: ChatSettings | undefined, configured: GroupMode): CommandReply => ({
  text: `${describe(settings, configured)}\n\nAdministrators may set less than the operator allows: \`${usage}\`.`,
  choices: groupModes.map((mode) => ({ label: mode, line: `/group mode ${mode}` })),
});

export const group: Command = {
  name: "group",
  aliases: [],
  summary: "Show or set what the bot does in this group",
  usage,
  takesWords: true,
  who: "chat-admin",
  when: "in-order",
  needs: "nothing",
  change: (words, { kind }): Change | undefined => {
    const changes = kind === "group" ? changesIn(words) : undefined;
    return changes && { kind: "set", changes };
  },
  answer: ({ words, changed, chat, access, store }) => {
    if (chat.kind !== "group") return { text: "This is no group: send `/group` in one." };
    if (changed?.kind === "too-wide") return { text: tooWide(changed) };
    const settings = settingsOfChat(store.db, chat.id);
    if (changed?.kind === "set") return { text: `Set. ${describe(settings, access.groups.mode)}`, inPlace: true };
    if (words !== "") return { text: `Nothing was changed: send \`${usage}\`.` };
    return menu(settings, access.groups.mode);
  },
};
