/** A caller's history: who said what, and a name for every place in it. */
import { createHash } from "node:crypto";
import { type Message, wordsOf } from "./messages.ts";

export type Said = Message & { readonly role: "user" | "assistant" };

export type History = {
  /** What people and agent said, in order. */
  readonly said: readonly Said[];
  /** The places behind each of the person's messages, and where in `said` it stands. The last one is the newest message's. */
  readonly places: readonly { readonly place: string; readonly at: number }[];
  /** Everything that the caller's client asks of whoever answers; empty when it asks nothing. */
  readonly instructions: string;
  readonly withAnswers: boolean;
};

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 27);

/** What makes a message the same one when it is sent again; images are told apart by what they are. */
const essenceOf = ({ parts }: Message): string =>
  JSON.stringify(
    parts.map((part) => (part.kind === "text" ? part.text.trim() : part.kind === "image" ? part.url : part.type)),
  );

const isSaid = (message: Message): message is Said => message.role === "user" || message.role === "assistant";

/**
 * The person's messages alone make a place: clients shorten, trim and decorate answers, but what was typed stays. An
 * agent's history is what it has heard, and it knows its own answers.
 */
export const readHistory = (messages: readonly Message[]): History => {
  const said = messages.filter(isSaid);
  const places: History["places"][number][] = [];
  let place = "";
  for (const [at, message] of said.entries()) {
    if (message.role !== "user") continue;
    place = hash(`${place}\n${essenceOf(message)}`);
    places.push({ place, at });
  }
  const asked = messages.filter(({ role }) => role === "instructions").map(wordsOf);
  return {
    said,
    places,
    instructions: asked.filter((text) => text !== "").join("\n\n"),
    withAnswers: said.some(({ role }) => role === "assistant"),
  };
};

/** Names the caller's instructions; null when there are none. */
export const nameInstructions = (text: string): string | null => (text === "" ? null : hash(text));
