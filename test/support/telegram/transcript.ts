/** A chat as lines of text, for people who watch. */
import type { Shown } from "./judging.ts";

const indent = (text: string, by: string): string => text.split("\n").join(`\n${by}`);

const marks = ({ isEdited, isDraft, thread, replyTo }: Shown): string =>
  [
    thread === undefined ? "" : `topic ${thread}`,
    replyTo === undefined ? "" : `to ${replyTo}`,
    isEdited ? "edited" : "",
    isDraft ? "draft" : "",
  ]
    .filter((mark) => mark !== "")
    .join(", ");

const line = (message: Shown): string => {
  const { id, from, text, attached, buttons, reactions, isDraft } = message;
  const said = [attached === undefined ? "" : `[${attached}]`, text].filter((one) => one !== "").join(" ");
  const marked = marks(message);
  const head = `${isDraft ? "~" : id} ${from}${marked === "" ? "" : ` (${marked})`}: `;
  const rows = buttons.map((row) => `\n    ${row.map((label) => `[ ${label} ]`).join(" ")}`);
  const shown = reactions.length === 0 ? "" : `\n    ${reactions.join(" ")}`;
  return head + indent(said === "" ? "…" : said, "    ") + rows.join("") + shown;
};

export const transcript = (messages: readonly Shown[]): string => messages.map(line).join("\n");
