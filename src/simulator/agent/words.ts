/** The demo agent's vocabulary: deterministic, so that a checker can say in advance what it will read. */

/** Ends every answer that is not silent. */
export const note = "\n\n— demo agent: no Letta server is configured";

const small =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const tens = "- - twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** `one` … `ninety-nine`, then digits: always a single word. */
export const numberWord = (n: number): string => {
  if (n >= 100) return String(n);
  const ones = n % 10;
  return small[n] ?? `${tens[(n - ones) / 10]}${ones === 0 ? "" : `-${small[ones]}`}`;
};

const line = (index: number): string =>
  `${String(index).padStart(8, "0")} the quick brown fox jumps over the lazy dog\n`;
const lineLength = line(0).length;
const linesPerPiece = 80;

/** `length` characters of numbered lines in pieces of about 4 KB: a missing or repeated piece shows in the numbers. */
export function* floodPieces(length: number, from = 0): Generator<string> {
  const lines = Math.ceil(length / lineLength);
  for (let first = 0; first < lines; first += linesPerPiece) {
    const count = Math.min(linesPerPiece, lines - first);
    const piece = Array.from({ length: count }, (_, at) => line(from + first + at)).join("");
    yield piece.slice(0, Math.max(0, length - first * lineLength));
  }
}

/** Texts beyond this are cut into larger pieces than words: nobody reads a delta per word of a megabyte. */
const wordwise = 20_000;
const pieceLength = 1_000;

/** A text as a model would stream it: word by word with the space behind it. */
export const wordPieces = (text: string): readonly string[] => {
  if (text.length <= wordwise) return text.match(/\s*\S+\s*|\s+/g) ?? [];
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = at + pieceLength;
    const last = text.charCodeAt(end - 1);
    // Never between the halves of a surrogate pair.
    if (last >= 0xd800 && last <= 0xdbff) end += 1;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
};

const remarks = [
  "Noted.",
  "That is worth a second thought.",
  "I would have put it the same way.",
  "Tell me more.",
  "A demo agent hears that more often than you think.",
  "Good to know.",
  "I will keep that in mind, as far as I have one.",
  "Interesting.",
] as const;

/** The same text always gets the same remark. */
export const remarkOn = (text: string): string => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return remarks[(hash >>> 0) % remarks.length] ?? remarks[0];
};

/** "My name is Ada" → "Ada". */
export const nameIn = (text: string): string | null =>
  /\bmy name is\s+([\p{L}\p{N}][\p{L}\p{M}\p{N}'’_-]{0,59})/iu.exec(text)?.[1] ?? null;

export const asksForName = (text: string): boolean => /\bwhat(?:'s|’s| is) my name\b/i.test(text);
