/**
 * Texts in pieces. A string that is appended to and sliced by turns is copied as a whole each time, so a message in the
 * making lies in blocks, and whoever reads on pays for what is new.
 */

/** The most UTF-16 units of a piece, and the size of a block; a piece may be one longer, to keep a pair whole. */
export const pieceUnits = 4_096;

const endsInPair = (text: string): boolean => /[\ud800-\udbff]$/.test(text);

/** The piece of a text that begins at `at`; empty at its end. It never ends between the halves of a surrogate pair. */
export const pieceOf = (text: string, at: number): string => {
  const piece = text.slice(at, at + pieceUnits);
  return endsInPair(piece) ? text.slice(at, at + pieceUnits + 1) : piece;
};

export type GrowingText = {
  readonly length: number;
  append(text: string): void;
  /** Like `pieceOf`, but it ends with its block. */
  piece(at: number): string;
  all(): string;
};

export const createGrowingText = (): GrowingText => {
  const blocks: string[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append: (text) => {
      for (let at = 0; at < text.length;) {
        const used = length % pieceUnits;
        const part = text.slice(at, at + pieceUnits - used);
        if (used === 0) blocks.push(part);
        else blocks.push((blocks.pop() ?? "") + part);
        at += part.length;
        length += part.length;
      }
    },
    piece: (at) => {
      const index = Math.floor(at / pieceUnits);
      const piece = (blocks[index] ?? "").slice(at % pieceUnits);
      return endsInPair(piece) ? piece + (blocks[index + 1] ?? "").slice(0, 1) : piece;
    },
    all: () => blocks.join(""),
  };
};
