/** Images that travel in a request: data URLs, checked and bounded. Addresses are not fetched. */
import { Fault } from "../errors.ts";
import type { Image } from "../message.ts";
import { sniffPicture } from "../turn/pictures.ts";

/** Of one message. */
export const mostImages = 10;
/** Decoded, each: what the usual models take. */
const mostBytes = 5 * 1024 * 1024;

const wrong = (message: string, field: string): never => {
  throw new Fault("bad_request", { message, field });
};

/** The image of a data URL. Throws `bad_request` that says what is wrong with `field`. */
export const readImage = (url: unknown, field: string): Image => {
  if (typeof url !== "string") return wrong(`${field} must be a data URL`, field);
  if (/^https?:/i.test(url)) {
    return wrong(`${field} is an address; images are not fetched, so send it as data:image/…;base64,…`, field);
  }
  const comma = url.indexOf(",");
  if (!/^data:image\/[\w.+-]+;base64$/i.test(url.slice(0, Math.max(0, comma)))) {
    return wrong(`${field} must be a data URL like data:image/png;base64,…`, field);
  }
  const text = url.slice(comma + 1);
  // Every four characters are three bytes: too long is seen before anything is decoded.
  if ((text.length / 4) * 3 > mostBytes + 2) return wrong(`${field} is larger than 5 MiB`, field);
  const bytes = Buffer.from(text, "base64");
  // Senders are often wrong about the type, and models insist on it.
  const mime = sniffPicture(bytes);
  if (mime === undefined) return wrong(`${field} must be a PNG, JPEG, GIF or WebP image`, field);
  const data = bytes.toString("base64");
  if (data.replace(/=+$/, "") !== text.replace(/=+$/, "")) return wrong(`${field} is not valid base64`, field);
  return { mime, data };
};
