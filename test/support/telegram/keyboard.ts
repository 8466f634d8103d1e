/** Buttons under a message: at most 100, each with a label and one thing that it does. */
import type { InlineKeyboardMarkup } from "grammy/types";
import { wrong } from "./refusal.ts";

const buttonsMax = 100;
const dataMaxBytes = 64;

const actions = [
  "url",
  "callback_data",
  "web_app",
  "login_url",
  "disabled",
  "switch_inline_query",
  "switch_inline_query_current_chat",
  "switch_inline_query_chosen_chat",
  "copy_text",
  "callback_game",
  "pay",
];

const bad = (text: string) => wrong(`can't parse inline keyboard button: ${text}`);

const checkButton = (button: Readonly<Record<string, unknown>>): void => {
  const label = button["text"];
  if (typeof label !== "string" || label.trim() === "") throw bad('Field "text" must be of type String and not empty');
  if (!label.isWellFormed()) throw wrong("strings must be encoded in UTF-8");
  const chosen = actions.filter((name) => name in button);
  if (chosen.length === 0) throw bad("Text buttons are unallowed in the inline keyboard");
  if (chosen.length > 1) throw bad(`one of ${chosen.join(" and ")} is too many`);
  const unknown = Object.keys(button).filter(
    (name) => ![...actions, "text", "style", "icon_custom_emoji_id"].includes(name),
  );
  if (unknown.length > 0) throw bad(`unknown field ${unknown.join(", ")}`);
  const data = button["callback_data"];
  if (data === undefined) return;
  const bytes = typeof data === "string" ? Buffer.byteLength(data) : 0;
  if (bytes < 1 || bytes > dataMaxBytes) throw wrong("BUTTON_DATA_INVALID");
};

export type Keyboard = Readonly<Record<string, unknown>>;

/** The inline buttons, if it has any; other keyboards are none of the message's own. */
export const readKeyboard = (markup: Keyboard | undefined): InlineKeyboardMarkup | undefined => {
  const rows = markup?.["inline_keyboard"] as readonly (readonly Readonly<Record<string, unknown>>[])[] | undefined;
  if (rows === undefined) return undefined;
  const buttons = rows.flat();
  if (buttons.length > buttonsMax) throw wrong("reply markup is too long");
  for (const button of buttons) checkButton(button);
  return buttons.length === 0 ? undefined : (markup as unknown as InlineKeyboardMarkup);
};
