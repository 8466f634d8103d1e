/** Pictures as models take them: of a known type, no larger than they look at, with nothing of the rest kept. */
import type { Image } from "../message.ts";

/** What is larger is made smaller: models look at no more. */
const longestSide = 1_568;
/** A picture within the longest side is passed on as it is up to here; what is larger is packed anew. */
const mostBytesAsIs = 1024 * 1024;
/** What no packing gets below this is not shown. */
const mostBytes = 2 * 1024 * 1024;
/** Beyond this a small file would take a lot of memory to open. */
const mostPixels = 50_000_000;
/** In order of what is tried. */
const qualities = [82, 60] as const;

/** First bytes in hexadecimal; dots are any. Senders are often wrong about the type, and models insist on it. */
const kinds: readonly (readonly [mime: string, first: RegExp])[] = [
  ["image/png", /^89504e470d0a1a0a/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^47494638(37|39)61/],
  ["image/webp", /^52494646.{8}57454250/],
];

/** The type of a picture, by what it is and not by what it is called; undefined when models do not take it. */
export const sniffPicture = (bytes: Uint8Array): string | undefined => {
  const first = Buffer.from(bytes.subarray(0, 12)).toString("hex");
  return kinds.find(([, pattern]) => pattern.test(first))?.[0];
};

/** Models refuse moving pictures, and of one that moves only the beginning can be packed anew. */
const staysAsItIs = (mime: string | undefined): mime is string => mime !== undefined && mime !== "image/gif";

const toImage = (mime: string, bytes: Uint8Array): Image => ({ mime, data: Buffer.from(bytes).toString("base64") });

const pack = async (bytes: Uint8Array, isPhoto: boolean): Promise<Image | undefined> => {
  for (const quality of qualities) {
    const fitted = new Bun.Image(bytes, { maxPixels: mostPixels }).resize(longestSide, longestSide, {
      fit: "inside",
      withoutEnlargement: true,
    });
    const packed = await (isPhoto ? fitted.jpeg({ quality }) : fitted.webp({ quality })).bytes();
    if (packed.length <= mostBytes) return toImage(isPhoto ? "image/jpeg" : "image/webp", packed);
  }
  return undefined;
};

/** The picture as it is shown to a model, or in words why it cannot be. Never throws. */
export const fitPicture = async (bytes: Uint8Array): Promise<Image | string> => {
  const mime = sniffPicture(bytes);
  try {
    const { width, height } = await new Bun.Image(bytes, { maxPixels: mostPixels }).metadata();
    const fits = Math.max(width, height) <= longestSide && bytes.length <= mostBytesAsIs;
    if (fits && staysAsItIs(mime)) return toImage(mime, bytes);
    return (await pack(bytes, mime === "image/jpeg")) ?? "it stays too large, however it is packed";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_IMAGE_TOO_MANY_PIXELS") return "it has too many pixels to be opened here";
    return code === "ERR_IMAGE_FORMAT_UNSUPPORTED" || code === "ERR_IMAGE_UNKNOWN_FORMAT"
      ? "pictures of this type cannot be opened here; JPEG, PNG, WebP, GIF and BMP can"
      : "the file is damaged";
  }
};
