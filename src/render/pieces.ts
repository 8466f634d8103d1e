/** Divides a document into pieces of Markdown that a platform takes one by one, each complete in itself. */
import type { Block, Document } from "./document.ts";
import { halve } from "./halve.ts";

/** What a platform counts of a piece. */
export type Weight = { readonly text: number; readonly blocks: number };

const inside = (block: Block): readonly Document[] => {
  if (block.kind === "list") return block.items.map(({ children }) => children);
  return block.kind === "quote" ? [block.children] : [];
};

/** Blocks with all that lie in them; items and rows count as blocks. */
export const countBlocks = (block: Block): number => {
  const own = block.kind === "list" ? 1 + block.items.length : block.kind === "table" ? 2 + block.rows.length : 1;
  return inside(block)
    .flat()
    .reduce((sum, child) => sum + countBlocks(child), own);
};

/** Between two blocks stands an empty line. */
const gap = 2;

/**
 * Every piece is within `max`, but for what cannot be cut: a block of its own. A block is kept whole where that is
 * possible, and a heading with what it heads.
 */
export const divide = (document: Document, weigh: (block: Block) => Weight, max: Weight): readonly Document[] => {
  const fits = ({ text, blocks }: Weight): boolean => text <= max.text && blocks <= max.blocks;
  const pieces: Block[][] = [];
  let piece: Block[] = [];
  let sum: Weight = { text: 0, blocks: 0 };

  const close = (next: Weight): void => {
    const heading = piece.length > 1 && piece.at(-1)?.kind === "heading" ? piece.pop() : undefined;
    if (piece.length > 0) pieces.push(piece);
    [piece, sum] = [[], { text: 0, blocks: 0 }];
    if (!heading) return;
    const weight = weigh(heading);
    if (fits({ text: weight.text + next.text + gap, blocks: weight.blocks + next.blocks })) {
      [piece, sum] = [[heading], { text: weight.text + gap, blocks: weight.blocks }];
    } else pieces.push([heading]);
  };

  const add = (block: Block): void => {
    const weight = weigh(block);
    const halves = fits(weight) ? undefined : halve(block);
    if (halves) return halves.forEach(add);
    if (!fits({ text: sum.text + weight.text, blocks: sum.blocks + weight.blocks })) close(weight);
    piece.push(block);
    sum = { text: sum.text + weight.text + gap, blocks: sum.blocks + weight.blocks };
  };

  document.forEach(add);
  if (piece.length > 0) pieces.push(piece);
  return pieces;
};
