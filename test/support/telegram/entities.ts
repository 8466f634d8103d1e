/** Text as Telegram takes it: counted after its markup is gone, its entities within bounds and nested as documented. */
import type { MessageEntity } from "grammy/types";
import { parseMarkup } from "./markup.ts";
import { wrong } from "./refusal.ts";

export type Formatted = { readonly text: string; readonly entities: readonly MessageEntity[] };

export type Markup = {
  readonly parse_mode?: string | undefined;
  readonly entities?: readonly MessageEntity[] | undefined;
};

export const textMax = 4096;
export const captionMax = 1024;
const entitiesMax = 100;

const end = (entity: MessageEntity): number => entity.offset + entity.length;

const isCode = ({ type }: MessageEntity): boolean => type === "code" || type === "pre";
const isQuote = ({ type }: MessageEntity): boolean => type === "blockquote" || type === "expandable_blockquote";

/** Whether this place lies between the two halves of a character. */
const isSplit = (text: string, place: number): boolean =>
  /[\uD800-\uDBFF]/u.test(text[place - 1] ?? "") && /[\uDC00-\uDFFF]/u.test(text[place] ?? "");

const badEntity = (what: string) => wrong(`can't parse entities: ${what}`);

const checkPlace = (text: string, entity: MessageEntity): void => {
  if (entity.offset < 0 || entity.length <= 0 || end(entity) > text.length) {
    throw badEntity(`${entity.type} at ${entity.offset} of length ${entity.length} is out of bounds`);
  }
  if (isSplit(text, entity.offset) || isSplit(text, end(entity))) {
    throw badEntity(`${entity.type} at ${entity.offset} begins or ends in the middle of a UTF-16 symbol`);
  }
};

const checkPair = (outer: MessageEntity, inner: MessageEntity): void => {
  if (inner.offset >= end(outer)) return;
  if (end(inner) > end(outer)) throw badEntity(`${outer.type} and ${inner.type} cross at ${inner.offset}`);
  const isInside = inner.offset > outer.offset || inner.length < outer.length;
  if (isInside && isCode(outer)) throw badEntity(`${inner.type} inside ${outer.type} at ${inner.offset}`);
  if (isCode(outer) && isCode(inner)) throw badEntity(`${inner.type} and ${outer.type} at one place`);
  if (isQuote(outer) && isQuote(inner)) throw badEntity(`nested blockquote at ${inner.offset}`);
  if (outer.type === "text_link" && inner.type === "text_link")
    throw badEntity(`${inner.type} inside itself at ${inner.offset}`);
};

/** Refuses what the documentation does not allow, even where the platform would silently repair it. */
const checkEntities = (text: string, entities: readonly MessageEntity[]): void => {
  if (entities.length > entitiesMax) throw badEntity(`${entities.length} entities, ${entitiesMax} are honoured`);
  for (const entity of entities) checkPlace(text, entity);
  const sorted = entities.toSorted((left, right) => left.offset - right.offset || right.length - left.length);
  for (const [place, outer] of sorted.entries()) {
    for (const inner of sorted.slice(place + 1)) checkPair(outer, inner);
  }
};

/** The platform takes away white space around the text, but none before the first entity that begins in it. */
const trim = ({ text, entities }: Formatted): Formatted => {
  const codeEnd = Math.max(0, ...entities.filter(isCode).map(end));
  const length = Math.max(text.trimEnd().length, codeEnd);
  const left = Math.min(text.length - text.trimStart().length, ...entities.map(({ offset }) => offset));
  const kept = entities.map((entity) => ({
    ...entity,
    offset: entity.offset - left,
    length: Math.min(end(entity), length) - entity.offset,
  }));
  return { text: text.slice(left, length), entities: kept.filter((entity) => entity.length > 0) };
};

/** The text without markup; refuses what is not well-formed. Empty text is the caller's matter. */
export const format = (raw: string, { parse_mode: mode, entities }: Markup): Formatted => {
  if (!raw.isWellFormed()) throw wrong("strings must be encoded in UTF-8");
  if (mode !== undefined && entities !== undefined) throw wrong("parse_mode and entities exclude each other");
  const formatted = mode === undefined ? { text: raw, entities: entities ?? [] } : parseMarkup(raw, mode);
  if (!formatted.text.isWellFormed()) throw wrong("strings must be encoded in UTF-8");
  checkEntities(formatted.text, formatted.entities);
  return trim(formatted);
};

export const formatText = (raw: string, markup: Markup): Formatted => {
  const formatted = format(raw, markup);
  if (formatted.text === "") throw wrong("message text is empty");
  if (formatted.text.length > textMax) throw wrong("message is too long");
  return formatted;
};

export const formatCaption = (raw: string, markup: Markup): Formatted => {
  const formatted = format(raw, markup);
  if (formatted.text.length > captionMax) throw wrong("message caption is too long");
  return formatted;
};

const detected = [
  ["bot_command", /(?<![\w/])\/[a-z0-9_]{1,32}(@\w+)?/giu],
  ["mention", /(?<![\w@])@\w{4,32}/gu],
  ["url", /https?:\/\/[^\s<>]+/gu],
] as const;

/** The entities that the platform finds by itself in what a person types. */
export const detect = (text: string): readonly MessageEntity[] =>
  detected
    .flatMap(([type, pattern]) =>
      [...text.matchAll(pattern)].map((found) => ({ type, offset: found.index, length: found[0].length })),
    )
    .toSorted((left, right) => left.offset - right.offset);
