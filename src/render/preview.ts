/**
 * An answer that is still being written, made whole for showing it now: what stands open is closed, and what may yet
 * become markup is held back, so that words do not change their look with every letter.
 */

const fenceLine = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Whether the text ends within a block of code. */
const isInFence = (lines: readonly string[]): boolean => {
  let open: string | undefined;
  for (const line of lines) {
    const [, marks = "", rest = ""] = fenceLine.exec(line) ?? [];
    if (marks === "") continue;
    if (open === undefined) {
      if (!marks.startsWith("`") || !rest.includes("`")) open = marks;
    } else if (marks.startsWith(open) && rest.trim() === "") open = undefined;
  }
  return open !== undefined;
};

/** A line that may yet become a list, a rule, a table or a fence. */
const undecided = /^([-=*+_~`#>|: ]+|\d{1,9}[.)])$/;
const startsBlock = /^\s*([-*+>|]|#{1,6}\s|\d{1,9}[.)]\s)|^\s*$/;

const run = /`+|\*\*|__|~~|\|\||[*_]|\\[^]|!?\[[^[\]\n]{0,500}\]\((?:[^()\s]|\([^()\s]*\))*(?:\([^()\s]*)?$/g;

const isSpace = (character: string): boolean => character === "" || /\s/.test(character);
const isWord = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);

/** More marks than that, and it is no text that anyone reads. */
const mostOpen = 20;

/** What is open for longer than that is not being stressed: `*args`. */
const longestStress = 160;

/** Closes what the last paragraph leaves open. */
const closed = (text: string): string => {
  const open: { readonly mark: string; readonly from: number }[] = [];
  let out = text;
  run.lastIndex = 0;
  for (let match = run.exec(text); match; match = run.exec(text)) {
    const [mark] = match;
    const end = run.lastIndex;
    const [before, after] = [text.charAt(match.index - 1), text.charAt(end)];
    if (mark.startsWith("\\")) continue;
    if (mark.startsWith("`")) {
      const closing = new RegExp(`(?<!\`)${mark}(?!\`)`, "g");
      closing.lastIndex = end;
      if (closing.test(text)) {
        run.lastIndex = closing.lastIndex;
        continue;
      }
      out = after === "" ? text.slice(0, match.index) : text;
      if (after !== "") open.push({ mark, from: end });
      break;
    }
    if (mark.includes("[")) {
      // Half an address: the words stand for the link.
      out = text.slice(0, match.index) + mark.replace(/^!?\[/, "").replace(/\]\([^]*$/, "");
      break;
    }
    const at = open.findLastIndex((one) => one.mark === mark);
    if (at >= 0 && !isSpace(before)) open.length = at;
    else if (after === "" && !isWord(before)) out = text.slice(0, match.index);
    else if (after === "" && open.some((one) => one.mark.startsWith(mark))) out = text.slice(0, match.index);
    else if (!isSpace(after) && !isWord(before)) open.push({ mark, from: end });
    if (open.length > mostOpen) return text;
  }
  const stressed = open.filter(({ from }) => out.length - from <= longestStress);
  if (stressed.length === 0) return out;
  return (
    out.trimEnd() +
    stressed
      .toReversed()
      .map(({ mark }) => mark)
      .join("")
  );
};

/** The Markdown to show for the beginning of an answer. */
export const previewOf = (markdown: string): string => {
  const lines = markdown.split("\n");
  const last = lines.at(-1) ?? "";
  const inFence = isInFence(lines);
  // The first line of a block of code, or half of its last.
  if (inFence) return /^\s*[`~]{1,2}$|^ {0,3}(```|~~~)/.test(last) ? lines.slice(0, -1).join("\n") : markdown;
  if (fenceLine.test(last)) return markdown;
  if (lines.length > 1 && undecided.test(last.trim())) lines.pop();
  let from = lines.length - 1;
  while (from > 0 && !startsBlock.test(lines[from] ?? "")) from -= 1;
  return [...lines.slice(0, from), closed(lines.slice(from).join("\n"))].join("\n");
};
