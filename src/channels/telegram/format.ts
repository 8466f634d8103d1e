/**
 * What an agent says, as Telegram takes it: rich messages (Markdown), text with entities, or plain text. Each is cut to
 * Telegram's measure, and what is too much for one is said in the next simpler. Any text comes out as something.
 */
import type { Part } from "../../message.ts";
import { cut } from "../../render/cut.ts";
import type { Block, Document, Inline } from "../../render/document.ts";
import { layOut } from "../../render/layout.ts";
import { parse } from "../../render/parse.ts";
import { countBlocks, divide, type Weight } from "../../render/pieces.ts";
import { type Dialect, write } from "../../render/write.ts";

/** What is sent, and how: `rich` is Markdown for a rich message, `entities` is text with `spans`, no format is plain. */
export type Piece = Pick<Part, "text" | "format" | "spans">;

export type FormatOptions = {
  /** Whether Telegram may fetch images that the text names. */
  readonly images?: boolean;
};

export const classicLimit = { text: 4_096, unit: "utf16" } as const;
export const richLimits = { text: 32_768, blocks: 500, depth: 16, columns: 20, images: 50 } as const;

/** What a word may lead to. Media that only the bot's own files could mean are not among them. */
const isLinkable = (href: string): boolean =>
  URL.canParse(href) && /^(https?:\/\/|mailto:|tg:\/\/(?!(photo|video|audio|document|emoji)\b))/i.test(href);

const plainOf = (document: Document): readonly Piece[] =>
  cut(layOut(document, { linkable: () => false, quotes: false }), classicLimit).map(({ text }) => ({ text }));

const classicOf = (document: Document): readonly Piece[] =>
  cut(layOut(document, { linkable: isLinkable, quotes: true }), classicLimit).map(({ text, spans }) =>
    spans.length === 0 ? { text } : { text, format: "entities", spans },
  );

/** Plain text: addresses are written out, quotes are marked. */
export const plain = (markdown: string): readonly Piece[] => plainOf(parse(markdown));

/** Text with spans, which `entitiesOf` turns into Telegram's. */
export const classic = (markdown: string): readonly Piece[] => classicOf(parse(markdown));

const isImage = (block: Block): boolean =>
  block.kind === "paragraph" && block.children.length === 1 && block.children[0]?.kind === "image";

const deepest = (levels: readonly number[]): number => levels.reduce((most, one) => Math.max(most, one), 0);

const inlineDepth = (nodes: readonly Inline[]): number =>
  deepest(nodes.map((node) => ("children" in node ? 1 + inlineDepth(node.children) : 1)));

const depthOf = (block: Block): number => {
  switch (block.kind) {
    case "quote":
      return 1 + deepest(block.children.map(depthOf));
    case "list":
      return 2 + deepest(block.items.flatMap(({ children }) => children.map(depthOf)));
    case "table":
      return 3 + deepest([block.head, ...block.rows].flat().map(inlineDepth));
    default:
      return 1 + ("children" in block ? inlineDepth(block.children) : 0);
  }
};

/** Tables anywhere in the block. */
const columnsOf = (block: Block): number => {
  if (block.kind === "table") return block.head.length;
  if (block.kind === "quote") return deepest(block.children.map(columnsOf));
  return block.kind === "list" ? deepest(block.items.flatMap(({ children }) => children.map(columnsOf))) : 0;
};

const isRich = (block: Block): boolean => depthOf(block) <= richLimits.depth && columnsOf(block) <= richLimits.columns;

/** Runs of blocks that agree in `kind`. */
const runs = (document: Document, kind: (block: Block) => boolean): readonly (readonly [boolean, Document])[] => {
  const found: [boolean, Block[]][] = [];
  for (const block of document) {
    const is = kind(block);
    const last = found.at(-1);
    if (last?.[0] === is) last[1].push(block);
    else found.push([is, [block]]);
  }
  return found;
};

const labels = (node: Inline): readonly string[] => {
  if (node.kind === "footnote") return [node.label];
  return "children" in node ? node.children.flatMap(labels) : [];
};

const footnotes = (block: Block): { readonly refers: readonly string[]; readonly notes: readonly string[] } => {
  const of = (blocks: Document) => {
    const all = blocks.map(footnotes);
    return { refers: all.flatMap(({ refers }) => refers), notes: all.flatMap(({ notes }) => notes) };
  };
  if (block.kind === "list") return of(block.items.flatMap(({ children }) => children));
  if (block.kind === "quote") return of(block.children);
  const nodes = block.kind === "table" ? [block.head, ...block.rows].flat(2) : "children" in block ? block.children : [];
  return { refers: nodes.flatMap(labels), notes: block.kind === "note" ? [block.label] : [] };
};

/** Whether there are notes, each stands once and is referred to, and the other way round: else they are text. */
const areNotesWhole = (document: Document): boolean => {
  const all = document.map(footnotes);
  const [refers, notes] = [all.flatMap(({ refers: one }) => one), all.flatMap(({ notes: one }) => one)];
  const [referred, noted] = [new Set(refers), new Set(notes)];
  return noted.size > 0 && noted.size === notes.length && referred.symmetricDifference(noted).size === 0;
};

/** Rich messages; what is too deep, too wide or too long for one block of them is text with entities. */
export const rich = (markdown: string, { images = false }: FormatOptions = {}): readonly Piece[] => {
  const document = parse(markdown);
  const dialect: Dialect = { linkable: isLinkable, images, html: true, notes: false, math: true };
  const weighAs =
    (one: Dialect) =>
    (block: Block): Weight => {
      const blocks = images && isImage(block) ? richLimits.blocks / richLimits.images : countBlocks(block);
      return { blocks, text: blocks > richLimits.blocks ? Number.POSITIVE_INFINITY : write([block], one).length };
    };
  const weigh = weighAs(dialect);
  const fits = ({ text, blocks }: Weight): boolean => text <= richLimits.text && blocks <= richLimits.blocks;

  if (document.every(isRich) && areNotesWhole(document)) {
    const withNotes = { ...dialect, notes: true };
    const pieces = divide(document, weighAs(withNotes), richLimits);
    const [only] = pieces;
    const text = only && pieces.length === 1 ? write(only, withNotes) : undefined;
    if (text !== undefined && text.trim() !== "" && text.length <= richLimits.text) return [{ text, format: "rich" }];
  }
  return runs(document, isRich).flatMap(([can, blocks]) =>
    can
      ? divide(blocks, weigh, richLimits).flatMap((piece) => {
          const text = write(piece, dialect);
          if (text.trim() === "") return [];
          const whole = piece.length > 1 || piece.every((block) => fits(weigh(block)));
          return whole && text.length <= richLimits.text ? [{ text, format: "rich" }] : classicOf(piece);
        })
      : classicOf(blocks),
  );
};
