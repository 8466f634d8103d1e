/**
 * What the agent is told about a message, as one element in front of the person's own words. Both are separate text
 * parts; images follow.
 */
import type { ContentPart } from "../letta/upstream.ts";
import type { Image } from "../message.ts";
import type { Told } from "../store/inbox.ts";
import { attribute, disarm } from "./element.ts";
import { renderTold, toldAttributes } from "./told.ts";

export type Envelope = {
  readonly channel: string;
  readonly chat: string;
  readonly sender?: string;
  /** What the sender is called in notes about people; names of people may be alike. */
  readonly person?: string;
  /** ISO 8601 with the offset of the sender's zone. */
  readonly time: string;
  /** Id of the message this one answers. */
  readonly replyTo?: string;
  readonly files?: readonly { readonly name: string; readonly mime: string }[];
  readonly told?: Told;
};

const element = "lettabox";

/** The element alone: `<lettabox channel="…" … />`, or with one `<file/>` per file and what a client tells inside. */
export const renderEnvelope = (envelope: Envelope): string => {
  const { channel, chat, sender, person, time, replyTo, files = [], told = {} } = envelope;
  const head =
    `<${element}` +
    attribute("channel", channel) +
    attribute("chat", chat) +
    attribute("from", sender) +
    attribute("person", person) +
    attribute("time", time) +
    attribute("reply-to", replyTo) +
    toldAttributes(told);
  const inner = files.map((file) => `<file${attribute("name", file.name)}${attribute("type", file.mime)}/>`).join("");
  const elements = inner + renderTold(told);
  return elements === "" ? `${head}/>` : `${head}>${elements}</${element}>`;
};

const imagePart = ({ mime, data }: Image): ContentPart => ({
  type: "image",
  source: { type: "base64", media_type: mime, data },
});

/** Element, words and images as the content of one user message. */
export const wrap = (envelope: Envelope, text: string, images: readonly Image[] = []): readonly ContentPart[] => {
  const metadata: ContentPart = { type: "text", text: renderEnvelope(envelope) };
  const words: readonly ContentPart[] = text === "" ? [] : [{ type: "text", text: disarm(text) }];
  return [metadata, ...words, ...images.map(imagePart)];
};
