/** What Telegram limits in a rich message beside its length: how deep, how wide, and whether footnotes find their notes. */
import type { Block, Document, Inline } from "../../render/document.ts";

const most = (numbers: readonly number[]): number => numbers.reduce((one, other) => Math.max(one, other), 0);

/** The blocks that lie in a block. */
const inside = (block: Block): Document => {
  if (block.kind === "list") return block.items.flatMap(({ children }) => children);
  return block.kind === "quote" ? block.children : [];
};

/** The inlines of a block itself. */
const inlines = (block: Block): readonly Inline[] => {
  if (block.kind === "table") return [block.head, ...block.rows].flat(2);
  return block.kind !== "quote" && "children" in block ? block.children : [];
};

const inlineDepth = (nodes: readonly Inline[]): number =>
  most(nodes.map((node) => 1 + ("children" in node ? inlineDepth(node.children) : 0)));

/** A list and its items, a table and its rows are two levels. */
export const depthOf = (block: Block): number => {
  const own = block.kind === "list" || block.kind === "table" ? 2 : 1;
  return own + Math.max(most(inside(block).map(depthOf)), inlineDepth(inlines(block)));
};

export const columnsOf = (block: Block): number =>
  Math.max(block.kind === "table" ? block.head.length : 0, most(inside(block).map(columnsOf)));

export const isImage = (block: Block): boolean =>
  block.kind === "paragraph" && block.children.length === 1 && block.children[0]?.kind === "image";

const labels = (node: Inline): readonly string[] => {
  if (node.kind === "footnote") return [node.label];
  return "children" in node ? node.children.flatMap(labels) : [];
};

const references = (block: Block): readonly string[] => [
  ...inlines(block).flatMap(labels),
  ...inside(block).flatMap(references),
];

const notes = (block: Block): readonly string[] => [
  ...(block.kind === "note" ? [block.label] : []),
  ...inside(block).flatMap(notes),
];

/** Whether there are notes, each stands once and is referred to, and the other way round: else they are text. */
export const areNotesWhole = (document: Document): boolean => {
  const noted = document.flatMap(notes);
  const [all, referred] = [new Set(noted), new Set(document.flatMap(references))];
  return noted.length > 0 && all.size === noted.length && all.symmetricDifference(referred).size === 0;
};
