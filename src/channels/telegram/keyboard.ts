/** Choices as buttons below a message: short ones side by side, long ones below each other. */
import type { InlineKeyboardMarkup } from "grammy/types";
import type { Choice } from "../../message.ts";

const rowButtons = 8;
/** What a phone shows of a row without cutting labels, counted with the space around each. */
const rowChars = 32;
const around = 4;

const widthOf = ({ label }: Choice): number => label.length + around;

const rowsOf = (choices: readonly Choice[]): readonly (readonly Choice[])[] => {
  const rows: Choice[][] = [];
  let left = 0;
  for (const choice of choices) {
    const row = rows.at(-1);
    if (row && row.length < rowButtons && widthOf(choice) <= left) row.push(choice);
    else {
      rows.push([choice]);
      left = rowChars;
    }
    left -= widthOf(choice);
  }
  return rows;
};

export const keyboardOf = (choices: readonly Choice[] | undefined): InlineKeyboardMarkup | undefined =>
  choices === undefined || choices.length === 0
    ? undefined
    : {
        inline_keyboard: rowsOf(choices).map((row) => row.map(({ id, label }) => ({ text: label, callback_data: id }))),
      };
