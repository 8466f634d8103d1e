/** Cuts a long text into parts that each fit: at a paragraph, else a line, else a word; a code fence is closed and reopened. */
import { measure, prefixWithin, type Unit } from "./measure.ts";

type Limit = { readonly text: number; readonly unit: Unit };

const fenceLine = /^(`{3,}|~{3,})[^\n]*$/gm;

/** How a fence is opened again: its marks and its language. More that stood there was said once already. */
const reopening = (line: string): string => /^(?:`{3,}|~{3,})[\w+#.-]*/.exec(line)?.[0] ?? line;

/** The fence that stands open at the end of `text`. */
const openFence = (text: string): string | undefined => {
  let open: string | undefined;
  for (const [line, marks = ""] of text.matchAll(fenceLine)) {
    if (open === undefined) open = reopening(line);
    else if (line.trim().startsWith(open.slice(0, 3)) && line.trim() === marks) open = undefined;
  }
  return open;
};

/** Where to cut within the first `end` characters: behind the last good break, but not in the first third. */
const breakBefore = (text: string, end: number): number => {
  for (const separator of ["\n\n", "\n", " "]) {
    const at = text.lastIndexOf(separator, end - separator.length);
    if (at > end / 3) return at + separator.length;
  }
  return end;
};

export const split = (text: string, limit: Limit): readonly string[] => {
  const parts: string[] = [];
  let rest = text.trim();
  while (measure(rest, limit.unit) > limit.text) {
    // Room for closing the fence, should the cut fall into one.
    const longest = prefixWithin(rest, Math.max(1, limit.text - 4), limit.unit);
    let cut = breakBefore(rest, longest);
    let head = rest.slice(0, cut).trimEnd();
    let fence = openFence(head);
    // A fence that only just opened would leave an empty block behind: cut before it instead.
    if (fence !== undefined && head.endsWith(fence) && head.length > fence.length) {
      cut = head.length - fence.length;
      head = rest.slice(0, cut).trimEnd();
      fence = openFence(head);
    }
    if (head === "") {
      cut = longest;
      head = rest.slice(0, cut);
      fence = undefined;
    }
    const tail = rest.slice(cut).replace(/^\n+/, "");
    const reopened = fence === undefined ? tail : `${fence}\n${tail}`;
    // A limit so small that reopening makes no headway: cut plainly.
    const progress = reopened.length < rest.length;
    parts.push(fence === undefined || !progress ? head : `${head}\n${fence.slice(0, 3)}`);
    rest = progress ? reopened : tail;
  }
  if (rest !== "") parts.push(rest);
  return parts;
};
