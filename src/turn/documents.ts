/** Documents that are text: which they are, and what stands in them. Pure. */
import type { FileRef } from "../message.ts";

const textTypes =
  /^(text\/|application\/(json|[\w.-]+\+json|xml|[\w.-]+\+xml|yaml|x-yaml|toml|sql|javascript|x-javascript|typescript|x-sh|x-httpd-php|rtf|csv|x-ndjson|graphql)$|image\/svg\+xml)/i;
/** Platforms know few types: what they call binary is told by its name. */
const textNames =
  /\.(txt|md|markdown|rst|csv|tsv|json|jsonl|ndjson|xml|ya?ml|toml|ini|cfg|conf|env|log|html?|css|svg|sql|sh|bash|zsh|ps1|bat|py|rb|rs|go|js|mjs|cjs|jsx|ts|tsx|java|kt|swift|c|h|cc|cpp|hpp|cs|php|pl|lua|r|scala|tex|bib|srt|vtt|diff|patch|gitignore|dockerfile|makefile)$/i;

const isUntold = (mime: string | undefined): boolean => mime === undefined || mime === "application/octet-stream";

/** Whether a file is worth fetching to be read. */
export const isText = ({ mime, name }: Pick<FileRef, "mime" | "name">): boolean => {
  if (mime !== undefined && textTypes.test(mime)) return true;
  if (name === undefined || !textNames.test(name)) return false;
  // `.ts` is video to some.
  return isUntold(mime) || !/^(image|audio)\//.test(mime ?? "");
};

/** Bytes at the end that begin a character which was cut off. */
const cutTail = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? back : 0;
    }
  }
  return 0;
};

/** The text of a document; undefined when it is none in UTF-8. Of one that was cut, the last whole character is the end. */
export const readText = (bytes: Uint8Array, isCut: boolean): string | undefined => {
  const whole = isCut ? bytes.subarray(0, bytes.length - cutTail(bytes)) : bytes;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(whole);
    return text.includes("\0") ? undefined : text.replaceAll("\r\n", "\n");
  } catch {
    return undefined;
  }
};
