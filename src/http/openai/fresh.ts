/** The person's new words, as one message to the agent. */
import { Fault } from "../../errors.ts";
import type { Image } from "../../message.ts";
import { mostImages, readImage } from "../images.ts";
import type { Said } from "./history.ts";

const wrong = (message: string, field: string): never => {
  throw new Fault("bad_request", { message, field });
};

/** Several messages in a row are one, with a blank line between them. Throws `bad_request` for what cannot be passed on. */
export const readFresh = (
  fresh: readonly Said[],
  limits: { readonly messageChars: number },
): { readonly text: string; readonly images: readonly Image[]; readonly name: string | undefined } => {
  const texts: string[] = [];
  const images: Image[] = [];
  for (const { parts } of fresh) {
    const words: string[] = [];
    for (const part of parts) {
      if (part.kind === "text") words.push(part.text);
      else if (part.kind === "image") images.push(readImage(part.url, part.field));
      else
        return wrong(
          `${part.field}.type "${part.type}" is not supported; send text or image_url`,
          `${part.field}.type`,
        );
    }
    texts.push(words.join("\n"));
  }
  const text = texts.filter((one) => one.trim() !== "").join("\n\n");
  if (text === "" && images.length === 0) return wrong("the last message must have a text or an image", "messages");
  if (images.length > mostImages) return wrong(`a message may have ${mostImages} images at most`, "messages");
  if (text.length > limits.messageChars)
    return wrong(`Message too long (max ${limits.messageChars} chars)`, "messages");
  // Postgres, behind most Letta servers, cannot store it.
  if (text.includes("\0")) return wrong("Message must not contain NUL characters", "messages");
  return { text, images, name: fresh.at(-1)?.name };
};
