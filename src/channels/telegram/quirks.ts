/** What this Bot API server turned out not to know: those that people run themselves are often older. */
import type { Rejection } from "./faults.ts";
import type { Piece } from "./format.ts";

export type Quirks = {
  /** Whether such a piece need not be tried. */
  avoids(piece: Piece): boolean;
  /** A piece was not taken as it was, and is now tried in a simpler form. */
  refused(piece: Piece, rejection: Rejection): void;
  took(piece: Piece): void;
};

export const createQuirks = (): Quirks => {
  let isRichUnknown = false;
  /** The method was not there. Neither is any for a token that is no good, so it counts once another method was there. */
  let isDoubted = false;
  return {
    avoids: ({ format }) => format === "rich" && isRichUnknown,
    refused: ({ format }, { status, withoutRich }) => {
      if (format === "rich" && withoutRich) isRichUnknown = true;
      if (format === "rich" && status === 404) isDoubted = true;
    },
    took: ({ format }) => {
      if (format === "rich") isDoubted = false;
      else if (isDoubted) isRichUnknown = true;
    },
  };
};
