/** Commands that switch something on or off for their chat. */
import type { Change } from "../store/changes.ts";
import { type ChatSettings, settingsOfChat } from "../store/chat-settings.ts";
import type { Command, CommandReply } from "./command.ts";

type Switch = {
  readonly name: string;
  readonly summary: string;
  readonly setting: "reasoning" | "acknowledge";
  /** What happens while it is on, and while it is off. */
  readonly says: { readonly on: string; readonly off: string };
};

const readState = (words: string): boolean | undefined => {
  if (/^(on|yes|enable)$/i.test(words)) return true;
  return /^(off|no|disable)$/i.test(words) ? false : undefined;
};

export const onOff = ({ name, summary, setting, says }: Switch): Command => {
  const usage = `/${name} [on | off]`;
  const isOn = (settings: ChatSettings | undefined): boolean => settings?.[setting] ?? false;
  return {
    name,
    aliases: [],
    summary,
    usage,
    takesWords: true,
    who: "chat-admin",
    when: "in-order",
    needs: "nothing",
    change: (words): Change | undefined => {
      const state = readState(words);
      return state === undefined ? undefined : { kind: "set", changes: { [setting]: state } };
    },
    answer: ({ words, store, chat }): CommandReply => {
      const on = isOn(settingsOfChat(store.db, chat.id));
      const state = readState(words);
      if (state !== undefined) return { text: state ? says.on : says.off, inPlace: true };
      if (words !== "") return { text: `Nothing was changed: send \`${usage}\`.` };
      const other = on ? "off" : "on";
      return {
        text: on ? says.on : says.off,
        choices: [{ label: `Turn ${other}`, line: `/${name} ${other}` }],
      };
    },
  };
};
