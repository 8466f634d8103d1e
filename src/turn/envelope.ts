/**
 * What the agent is told about a message, as one element in front of the person's own words. Both are separate text parts,
 * so nothing a person writes can close the element; inside it every value is escaped.
 */
import type { ContentPart } from "../letta/upstream.ts";

export type Envelope = {
  readonly channel: string;
  readonly chat: string;
  readonly sender?: string;
  /** ISO 8601 with the offset of the sender's zone. */
  readonly time: string;
  /** Id of the message this one answers. */
  readonly replyTo?: string;
  readonly files?: readonly { readonly name: string; readonly mime: string }[];
};

/** The element's name; people's text may not open or close one of that name. */
const element = "lettabox";

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
};

const escape = (value: string): string => value.replace(/[&<>"\n\r]/g, (character) => escapes[character] ?? "");

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? "" : ` ${name}="${escape(value)}"`;

/** The element alone: `<lettabox channel="…" … />`, or with one `<file/>` per file inside. */
export const renderEnvelope = (envelope: Envelope): string => {
  const { channel, chat, sender, time, replyTo, files = [] } = envelope;
  const head =
    `<${element}` +
    attribute("channel", channel) +
    attribute("chat", chat) +
    attribute("from", sender) +
    attribute("time", time) +
    attribute("reply-to", replyTo);
  if (files.length === 0) return `${head}/>`;
  const inner = files.map((file) => `<file${attribute("name", file.name)}${attribute("type", file.mime)}/>`).join("");
  return `${head}>${inner}</${element}>`;
};

/** A person's words with our element's name made harmless, should they try to write one of their own. */
const disarm = (text: string): string => text.replace(/<(\/?)(?=lettabox\b)/gi, "&lt;$1");

/** Element and words as the content of one user message. */
export const wrap = (envelope: Envelope, text: string): readonly ContentPart[] => {
  const metadata: ContentPart = { type: "text", text: renderEnvelope(envelope) };
  return text === "" ? [metadata] : [metadata, { type: "text", text: disarm(text) }];
};
