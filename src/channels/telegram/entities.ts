/** Spans as the entities that Telegram accepts: code and links hold nothing else, quotes no quotes, no ends in white space. */
import type { Span, SpanStyle } from "../../message.ts";

export type Entity = {
  readonly type: "bold" | "italic" | "strikethrough" | "spoiler" | "code" | "pre" | "text_link" | "blockquote";
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
};

/** More are ignored by Telegram. */
export const entityLimit = 100;

/** The first are the last to go when there are too many. */
const importance: readonly SpanStyle[] = ["link", "pre", "code", "quote", "spoiler", "bold", "strike", "italic"];

const types: Readonly<Record<SpanStyle, Entity["type"]>> = {
  bold: "bold",
  italic: "italic",
  strike: "strikethrough",
  spoiler: "spoiler",
  code: "code",
  pre: "pre",
  link: "text_link",
  quote: "blockquote",
};

/** Of entities over the same stretch, the first hold the others. */
const outermost: readonly Entity["type"][] = ["blockquote", "bold", "italic", "strikethrough", "spoiler"];

type Stretch = { readonly at: number; readonly end: number };

/** What is left of a stretch beside others, which lie in order and apart. */
const without = ({ at, end }: Stretch, holes: readonly Stretch[]): readonly Stretch[] => {
  const left: Stretch[] = [];
  let from = at;
  for (const hole of holes) {
    if (hole.end <= from || hole.at >= end) continue;
    if (hole.at > from) left.push({ at: from, end: hole.at });
    from = Math.max(from, hole.end);
  }
  if (from < end) left.push({ at: from, end });
  return left;
};

const trimmed = (text: string, { at, end }: Stretch): Stretch => {
  const piece = text.slice(at, end);
  return { at: at + piece.length - piece.trimStart().length, end: end - (piece.length - piece.trimEnd().length) };
};

/** Of stretches in order, those that begin before another has ended go. */
const apart = <T extends Stretch>(stretches: readonly T[]): readonly T[] => {
  const kept: T[] = [];
  for (const one of stretches) if (one.at >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  return kept;
};

/** Of stretches in order, those that overlap become one. */
const merged = (stretches: readonly Stretch[]): readonly Stretch[] => {
  const kept: Stretch[] = [];
  for (const one of stretches) {
    const last = kept.at(-1);
    if (last && one.at < last.end) kept[kept.length - 1] = { at: last.at, end: Math.max(last.end, one.end) };
    else kept.push(one);
  }
  return kept;
};

const byPlace = (left: Stretch, right: Stretch): number => left.at - right.at || right.end - left.end;

/** Links and code, which may hold nothing and lie in nothing but a quote; where they meet, the outer one stays. */
const solid = (text: string, spans: readonly Span[]) =>
  apart(
    spans
      .filter(({ style }) => style === "link" || style === "code" || style === "pre")
      .map((span) => ({ span, ...trimmed(text, { at: span.at, end: span.at + span.length }) }))
      .filter(({ at, end }) => end > at)
      .toSorted(byPlace),
  );

const rankOf = ({ type }: Entity): number => (outermost.includes(type) ? outermost.indexOf(type) : outermost.length);

export const entitiesOf = (text: string, spans: readonly Span[]): readonly Entity[] => {
  const whole = solid(text, spans);
  const code = whole.filter(({ span }) => span.style !== "link");
  const of = (style: SpanStyle): readonly Stretch[] =>
    merged(
      spans
        .filter((span) => span.style === style)
        .map(({ at, length }) => ({ at, end: at + length }))
        .toSorted(byPlace),
    );
  const found: { readonly style: SpanStyle; readonly entity: Entity }[] = whole.map(({ span, at, end }) => ({
    style: span.style,
    entity: {
      type: types[span.style],
      offset: at,
      length: end - at,
      ...(span.href === undefined ? {} : { url: span.href }),
      ...(span.language === undefined ? {} : { language: span.language }),
    },
  }));
  for (const style of importance) {
    if (style === "link" || style === "code" || style === "pre") continue;
    for (const stretch of of(style)) {
      for (const piece of style === "quote" ? [stretch] : without(stretch, code)) {
        const { at, end } = trimmed(text, piece);
        if (end > at) found.push({ style, entity: { type: types[style], offset: at, length: end - at } });
      }
    }
  }
  return found
    .toSorted((left, right) => importance.indexOf(left.style) - importance.indexOf(right.style))
    .slice(0, entityLimit)
    .map(({ entity }) => entity)
    .toSorted(
      (left, right) => left.offset - right.offset || right.length - left.length || rankOf(left) - rankOf(right),
    );
};
