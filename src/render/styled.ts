/** Text with spans: what a platform without Markdown is sent. Every function answers a new one. */
import type { Span } from "../message.ts";

export type Styled = { readonly text: string; readonly spans: readonly Span[] };

export const plain = (text: string): Styled => ({ text, spans: [] });

/** One behind the other, with `between` between them. */
export const join = (pieces: readonly Styled[], between = ""): Styled => {
  const spans: Span[] = [];
  let length = 0;
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) length += between.length;
    for (const span of piece.spans) spans.push({ ...span, at: span.at + length });
    length += piece.text.length;
  }
  return { text: pieces.map(({ text }) => text).join(between), spans };
};

/** The whole of it in one more style; the span comes before those that lie in it. */
export const wrap = ({ text, spans }: Styled, style: Omit<Span, "at" | "length">): Styled => ({
  text,
  spans: text === "" ? spans : [{ ...style, at: 0, length: text.length }, ...spans],
});

const isPre = ({ style }: Span): boolean => style === "pre";

/**
 * Puts `first` before the first line and `rest` before the others, as a list does. Blocks of code stay at the margin:
 * what is put before their lines would be part of the code.
 */
export const hang = ({ text, spans }: Styled, first: string, rest: string): Styled => {
  const blocks = spans.filter(isPre);
  const out: string[] = [];
  /** Where lines begin that got something before them, and how much stands before each. */
  const begins: number[] = [];
  let block = 0;
  let at = 0;
  for (const line of text.split("\n")) {
    for (let pre = blocks[block]; pre && pre.at + pre.length < at; pre = blocks[block]) block += 1;
    const pre = blocks[block];
    const inCode = pre !== undefined && pre.at <= at;
    if (at === 0) out.push(inCode ? `${first.trimEnd()}\n${line}` : first + line);
    else if (inCode || line === "") out.push(line);
    else out.push(rest + line);
    if (at > 0 && !inCode && line !== "") begins.push(at);
    at += line.length + 1;
  }
  const opening = (out[0]?.length ?? 0) - (text.indexOf("\n") < 0 ? text.length : text.indexOf("\n"));
  /** How many of `begins` lie before `place`, or at it. */
  const count = (place: number, inclusive: boolean): number => {
    let [low, high] = [0, begins.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const begin = begins[middle] ?? 0;
      if (begin < place || (inclusive && begin === place)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    text: out.join("\n"),
    spans: spans.map((span) => {
      const start = span.at + opening + count(span.at, true) * rest.length;
      const end = span.at + span.length + opening + count(span.at + span.length, false) * rest.length;
      return { ...span, at: start, length: end - start };
    }),
  };
};
