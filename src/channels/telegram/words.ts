/** A piece of text on its way: which method takes it, and what is said instead where that is refused. */
import type { MessageEntity } from "grammy/types";
import { entitiesOf } from "./entities.ts";
import { classic, type Piece } from "./format.ts";

/** Rich messages have a method of their own; the rest is text, with entities or without. */
export type Words = { readonly markdown: string } | { readonly text: string; readonly entities: MessageEntity[] };

export const wordsOfPiece = ({ text, format, spans = [] }: Piece): Words => {
  if (format === "rich") return { markdown: text };
  if (format === "entities") return { text, entities: [...entitiesOf(text, spans)] as MessageEntity[] };
  if (format !== "aside") return { text, entities: [] };
  const inside = entitiesOf(
    text,
    spans.filter(({ style }) => style !== "quote"),
  );
  const fold = { type: "expandable_blockquote", offset: 0, length: text.length } as const;
  return { text, entities: [fold, ...inside] as MessageEntity[] };
};

/** The same in a simpler form; nothing is simpler than plain text. */
export const simpler = ({ text, format }: Piece): readonly Piece[] => {
  if (format === "rich") return classic(text);
  return format === undefined ? [] : [{ text }];
};
