/**
 * Cuts text with spans into parts that each fit: behind a paragraph, else a line, a sentence, a word, a character. A
 * span that is cut goes on in the next part. Only white space at a cut is left out.
 */
import type { Span } from "../message.ts";
import { prefixWithin, type Unit } from "./measure.ts";
import type { Styled } from "./styled.ts";

export type Limit = { readonly text: number; readonly unit: Unit };

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How far back the beginning of a character is looked for: longer ones are drawn by nobody. */
const longestCharacter = 64;

/** The last place up to `end` where no character is cut in two. */
const characterBreak = (text: string, from: number, end: number): number => {
  const start = Math.max(from, end - longestCharacter);
  const aligned = start > from && /[\uDC00-\uDFFF]/.test(text.charAt(start)) ? start + 1 : start;
  const found = graphemes.segment(text.slice(aligned, end + longestCharacter)).containing(end - aligned);
  const at = found === undefined ? end : aligned + found.index;
  if (at > from) return at;
  return end - from > 1 && /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
};

const lastMatchEnd = (text: string, pattern: RegExp): number => {
  let end = -1;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
};

/** The end of a sentence and the white space behind it; in scripts that use none, its mark. */
const sentence = /[.!?…]["'”’»)\]]*\s|[。！？]/g;

/** Where within `[from, end)` to cut best, but not in its first third. */
const goodBreak = (text: string, from: number, end: number, inCode: boolean): number => {
  const piece = text.slice(from, end);
  const least = piece.length / 3;
  const after = (separator: string): number => {
    const at = piece.lastIndexOf(separator);
    return at < 0 ? -1 : at + separator.length;
  };
  const places = [after("\n\n"), after("\n"), ...(inCode ? [] : [lastMatchEnd(piece, sentence)]), after(" ")];
  const found = places.find((place) => place > least);
  return found === undefined ? -1 : from + found;
};

/** The link whose label, or the code whose word, would be cut at `at`, if it begins late enough to be kept whole. */
const split = (spans: readonly Span[], at: number, from: number, style: readonly string[]): Span | undefined =>
  spans.find((span) => style.includes(span.style) && span.at > from && span.at < at && span.at + span.length > at);

const placeToCut = ({ text }: Styled, near: readonly Span[], from: number, limit: Limit): number => {
  const reach = Math.min(text.length, from + limit.text * 2);
  const fits = prefixWithin(text.slice(from, reach), limit.text, limit.unit);
  const end = from + fits;
  if (end >= text.length) return text.length;
  if (fits === 0) return characterBreak(text, from, from + ((text.codePointAt(from) ?? 0) > 0xff_ff ? 2 : 1));
  const inCode = near.some(({ style, at, length }) => style === "pre" && at < end && at + length > end);
  // What follows right behind is looked at too: a word that ends exactly here is whole.
  const whole = /\s/.test(text.charAt(end)) ? end : -1;
  const best = goodBreak(text, from, end, inCode);
  const cut = best > 0 ? best : whole > 0 ? whole : characterBreak(text, from, end);
  const link = split(near, cut, from, ["link"]);
  return link ? link.at : cut;
};

const isSpace = (character: string): boolean => /\s/.test(character);

/** The piece `[from, to)` without the white space around it; within code only its empty lines go. */
const extract = ({ text }: Styled, spans: readonly Span[], from: number, to: number): Styled | undefined => {
  const inCode = (at: number): boolean =>
    spans.some((span) => span.style === "pre" && span.at <= at && at < span.at + span.length);
  let [start, end] = [from, to];
  while (start < end && isSpace(text.charAt(start)) && !(inCode(start) && text.charAt(start) !== "\n")) start += 1;
  while (end > start && isSpace(text.charAt(end - 1)) && !(inCode(end - 1) && text.charAt(end - 1) !== "\n")) end -= 1;
  if (text.slice(start, end).trim() === "") return undefined;
  return {
    text: text.slice(start, end),
    spans: spans.flatMap((span) => {
      const at = Math.max(span.at, start);
      const length = Math.min(span.at + span.length, end) - at;
      return length > 0 ? [{ ...span, at: at - start, length }] : [];
    }),
  };
};

/** Answers no part for a text without a visible character. */
export const cut = (styled: Styled, limit: Limit): readonly Styled[] => {
  const { text } = styled;
  const sorted = styled.spans.toSorted((left, right) => left.at - right.at || right.length - left.length);
  const parts: Styled[] = [];
  let open: readonly Span[] = [];
  let next = 0;
  for (let from = 0; from < text.length;) {
    const reach = from + limit.text * 2;
    const begun: Span[] = [];
    for (let span = sorted[next]; span && span.at < reach; span = sorted[next]) {
      begun.push(span);
      next += 1;
    }
    open = [...open.filter(({ at, length }) => at + length > from), ...begun];
    const to = placeToCut(styled, open, from, limit);
    const part = extract(styled, open, from, to);
    if (part) parts.push(part);
    from = to;
  }
  return parts;
};
