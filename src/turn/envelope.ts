/**
 * What the agent is told about a message, as one element in front of the person's own words. Both are separate text
 * parts; images follow.
 */
import type { ContentPart } from "../letta/upstream.ts";
import type { Attachment, Image, Quoted } from "../message.ts";
import type { Told } from "../store/inbox.ts";
import type { Noted } from "../store/new-event.ts";
import { attribute, content, disarm } from "./element.ts";
import { renderTold, toldAttributes } from "./told.ts";

/** A file in words; what cannot be seen says why. */
export type ToldFile = {
  readonly name?: string;
  readonly mime?: string;
  /** One word for what it is to a person. */
  readonly kind?: string;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly note?: string;
  /** What stands in it. */
  readonly text?: string;
};

/** What came of the files of one message. */
export type Seen = { readonly images: readonly Image[]; readonly files: readonly ToldFile[] };

export type Envelope = {
  readonly channel: string;
  readonly chat: string;
  /** `direct` or `group`; absent for callers of the API. */
  readonly kind?: string;
  readonly sender?: string;
  /** `<channel>:<realm>:<id>`: who it is, whatever they call themselves. */
  readonly handle?: string;
  /** What the sender is called in notes about people; names of people may be alike. */
  readonly person?: string;
  /** ISO 8601 with the offset of the sender's zone. */
  readonly time: string;
  readonly day?: string;
  readonly zone?: string;
  /** What the platform calls this message. */
  readonly id?: string;
  /** The message that this one is a new version of. */
  readonly edits?: string;
  readonly forwardedFrom?: string;
  /** In a group: whether the agent was spoken to. */
  readonly addressed?: boolean;
  /** The agent only listens: nobody sees what it says. */
  readonly muted?: boolean;
  readonly quoted?: Quoted;
  readonly noted?: readonly Noted[];
  readonly attachments?: readonly Attachment[];
  readonly files?: readonly ToldFile[];
  readonly told?: Told;
};

const element = "lettabox";

/** Of a message that is answered so much is told; who wants more can look it up. */
const mostQuoted = 1_000;
const listening = "you only listen here: nothing you say now is delivered";

/** Cut to so many UTF-16 units, which never ends in half a character. */
const shorten = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…`;

const number = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));

const tag = (name: string, attributes: string, inner: string): string =>
  inner === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`;

const renderQuoted = ({ id, sender, text, own }: Quoted): string =>
  tag("answers", attribute("id", id) + attribute("from", own ? "you" : sender), content(shorten(text, mostQuoted)));

const renderNoted = ({ by, about, added, removed }: Noted): string =>
  tag(
    "reaction",
    attribute("from", by) +
      attribute("to", about) +
      attribute("added", added.length === 0 ? undefined : added.join(" ")) +
      attribute("removed", removed.length === 0 ? undefined : removed.join(" ")),
    "",
  );

const renderAttachment = ({ what, text }: Attachment): string =>
  tag("attachment", attribute("what", what), content(text));

const renderFile = ({ name, mime, kind, bytes, seconds, note, text }: ToldFile): string =>
  tag(
    "file",
    attribute("name", name) +
      attribute("type", mime) +
      attribute("kind", kind) +
      attribute("bytes", number(bytes)) +
      attribute("seconds", number(seconds)) +
      attribute("note", note),
    text === undefined ? "" : `\n${content(text)}\n`,
  );

/** The element alone: `<lettabox channel="…" … />`, or with what the message is about and what came with it inside. */
export const renderEnvelope = (envelope: Envelope): string => {
  const { addressed, muted, quoted, noted = [], attachments = [], files = [], told = {} } = envelope;
  const attributes =
    attribute("channel", envelope.channel) +
    attribute("chat", envelope.chat) +
    attribute("kind", envelope.kind) +
    attribute("from", envelope.sender) +
    attribute("handle", envelope.handle) +
    attribute("person", envelope.person) +
    attribute("time", envelope.time) +
    attribute("day", envelope.day) +
    attribute("zone", envelope.zone) +
    attribute("id", envelope.id) +
    attribute("edits", envelope.edits) +
    attribute("forwarded-from", envelope.forwardedFrom) +
    attribute("to-you", addressed === undefined ? undefined : addressed ? "yes" : "no") +
    attribute("note", muted ? listening : undefined) +
    toldAttributes(told);
  const inner =
    noted.map(renderNoted).join("") +
    (quoted ? renderQuoted(quoted) : "") +
    attachments.map(renderAttachment).join("") +
    files.map(renderFile).join("") +
    renderTold(told);
  return tag(element, attributes, inner);
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
