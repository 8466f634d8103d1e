/**
 * What an agent says, as Telegram takes it: rich messages (Markdown), text with entities, or plain text. Each is cut to
 * Telegram's measure, and what is too much for one is said in the next simpler. Any text comes out as something.
 */
import type { Part } from "../../message.ts";
import { cut } from "../../render/cut.ts";
import type { Block, Document } from "../../render/document.ts";
import { layOut } from "../../render/layout.ts";
import { parse } from "../../render/parse.ts";
import { countBlocks, divide, type Weight } from "../../render/pieces.ts";
import { type Dialect, write } from "../../render/write.ts";
import { areNotesWhole, columnsOf, depthOf, isImage } from "./shape.ts";

/** What is sent, and how: `rich` is Markdown for a rich message, `entities` is text with `spans`, no format is plain. */
export type Piece = Pick<Part, "text" | "format" | "spans">;

export type FormatOptions = {
  /** Whether Telegram may fetch images that the text names. */
  readonly images?: boolean;
};

export const classicLimit = { text: 4_096, unit: "utf16" } as const;
export const richLimit = { text: 32_768, blocks: 500, depth: 16, columns: 20, images: 50 } as const;

/** What words may lead to. The links that stand for files of the bot are not among it. */
const isLinkable = (href: string): boolean =>
  /^(https?:\/\/|mailto:|tg:\/\/(?!(photo|video|audio|document|emoji|time)\b))/i.test(href) && URL.canParse(href);

const plainOf = (document: Document): readonly Piece[] =>
  cut(layOut(document, { linkable: () => false, quotes: false }), classicLimit).map(({ text }) => ({ text }));

const classicOf = (document: Document): readonly Piece[] =>
  cut(layOut(document, { linkable: isLinkable, quotes: true }), classicLimit).map(({ text, spans }) =>
    spans.length === 0 ? { text } : { text, format: "entities", spans },
  );

/** What is nothing but marks is said as it is: the agent may have meant them. */
const said = (markdown: string, pieces: readonly Piece[]): readonly Piece[] =>
  pieces.length > 0
    ? pieces
    : cut({ text: markdown.toWellFormed(), spans: [] }, classicLimit).map(({ text }) => ({ text }));

/** Plain text: addresses are written out, quotes are marked. */
export const plain = (markdown: string): readonly Piece[] => said(markdown, plainOf(parse(markdown)));

/** Text with spans, which `entitiesOf` turns into Telegram's. */
export const classic = (markdown: string): readonly Piece[] => said(markdown, classicOf(parse(markdown)));

const mayBeRich = (block: Block): boolean => depthOf(block) <= richLimit.depth && columnsOf(block) <= richLimit.columns;

/** Blocks in a row that are of the same mind about `is`. */
const runs = (document: Document, is: (block: Block) => boolean): readonly (readonly [boolean, Document])[] => {
  const found: [boolean, Block[]][] = [];
  for (const block of document) {
    const answer = is(block);
    const last = found.at(-1);
    if (last?.[0] === answer) last[1].push(block);
    else found.push([answer, [block]]);
  }
  return found;
};

const weighIn =
  (dialect: Dialect) =>
  (block: Block): Weight => {
    // An image weighs so much that no more than are allowed come together.
    const isShown = dialect.images && isImage(block);
    const blocks = isShown ? richLimit.blocks / richLimit.images : countBlocks(block);
    return { blocks, text: blocks > richLimit.blocks ? Number.POSITIVE_INFINITY : write([block], dialect).length };
  };

const richOf = (document: Document, dialect: Dialect): readonly Piece[] => {
  const weigh = weighIn(dialect);
  return divide(document, weigh, richLimit).flatMap((piece) => {
    const text = write(piece, dialect);
    if (text.trim() === "") return classicOf(piece);
    const [only] = piece;
    // A block that could not be cut stands alone.
    const { blocks } = piece.length === 1 && only ? weigh(only) : { blocks: 0 };
    const fits = text.length <= richLimit.text && blocks <= richLimit.blocks;
    return fits ? [{ text, format: "rich" }] : classicOf(piece);
  });
};

/** Rich messages; what is too deep, too wide or too long for one is text with entities. */
export const rich = (markdown: string, { images = false }: FormatOptions = {}): readonly Piece[] => {
  const document = parse(markdown);
  const dialect: Dialect = { linkable: isLinkable, images, html: true, notes: false, math: true };
  if (areNotesWhole(document) && document.every(mayBeRich)) {
    const pieces = richOf(document, { ...dialect, notes: true });
    // Footnotes find their notes in the same message only.
    if (pieces.length === 1) return pieces;
  }
  const pieces = runs(document, mayBeRich).flatMap(([may, blocks]) =>
    may ? richOf(blocks, dialect) : classicOf(blocks),
  );
  return said(markdown, pieces);
};
