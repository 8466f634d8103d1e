/** A reply as the parts that Telegram gets. */
import type { Part, Reply } from "../../message.ts";
import { classic, type Piece, rich } from "./format.ts";
import { captionMax } from "./limits.ts";

/** The one piece that fits beside a file. */
const captionOf = (text: string): Piece | undefined => {
  const [only, more] = classic(text);
  return only && !more && only.text.length <= captionMax ? only : undefined;
};

const asides = (text: string): readonly Piece[] => classic(text).map((piece) => ({ ...piece, format: "aside" }));

export const render = (
  { text, files = [], choices, aside }: Reply,
  options: { readonly images: boolean },
): readonly Part[] => {
  const [file] = files;
  const caption = file && files.length === 1 && !aside ? captionOf(text) : undefined;
  const parts: readonly Part[] =
    file && caption
      ? [{ ...caption, file }]
      : [...(aside ? asides(text) : rich(text, options)), ...files.map((one) => ({ text: "", file: one }))];
  if (choices === undefined || choices.length === 0) return parts;
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, choices } : part));
};
