/** How long a text is, in the unit its platform counts. */
export type Unit = "bytes" | "utf16" | "codepoints";

export const measure = (text: string, unit: Unit): number => {
  if (unit === "utf16") return text.length;
  if (unit === "bytes") return Buffer.byteLength(text, "utf8");
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** The longest prefix of `text` that measures at most `max`, in UTF-16 units; never cuts a character in two. */
export const prefixWithin = (text: string, max: number, unit: Unit): number => {
  let used = 0;
  let end = 0;
  for (const character of text) {
    const size = unit === "utf16" ? character.length : unit === "bytes" ? Buffer.byteLength(character, "utf8") : 1;
    if (used + size > max) break;
    used += size;
    end += character.length;
  }
  return end;
};
