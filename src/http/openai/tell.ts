/** What the agent is told beside the new words: of the caller's history and instructions, what it does not know. */
import type { Told } from "../../store/inbox.ts";
import { type History, nameInstructions, type Said } from "./history.ts";
import { wordsOf } from "./messages.ts";
import type { Saying } from "./plan.ts";

/** Characters of history that are told, from the newest message back: a few thousand tokens. */
const mostEarlierChars = 24_000;
const mostInstructionChars = 32_000;

// Postgres, behind most Letta servers, cannot store it.
const clean = (text: string): string => text.replaceAll("\0", "");

const shorten = (text: string, chars: number): string =>
  text.length <= chars ? text : `${text.slice(0, chars).toWellFormed()}\n(There is more.)`;

/** The newest messages that fit, and how many did not. */
const tellEarlier = (missed: readonly Said[]): Pick<Told, "earlier" | "omitted"> => {
  const earlier: NonNullable<Told["earlier"]>[number][] = [];
  let room = mostEarlierChars;
  // Front ends keep the place of an answer that failed.
  const said = missed.map(({ role: by, ...message }) => ({ by, text: clean(wordsOf(message)) }));
  const worthTelling = said.filter(({ text }) => text !== "");
  for (const { by, text } of worthTelling.toReversed()) {
    if (room <= 0) break;
    earlier.unshift({ by, text: shorten(text, room) });
    room -= text.length;
  }
  if (earlier.length === 0) return {};
  const omitted = worthTelling.length - earlier.length;
  return { earlier, ...(omitted === 0 ? {} : { omitted }) };
};

/** `instructions` is what the branch knows of them from now on. */
export const tell = (
  { missed, again, instructions: known }: Saying,
  { instructions }: History,
  setting: "tell" | "ignore",
): { readonly told: Told; readonly instructions: string | null } => {
  const name = setting === "ignore" ? null : nameInstructions(instructions);
  const isNews = name !== null && name !== known;
  const told: Told = {
    ...(isNews ? { instructions: shorten(clean(instructions), mostInstructionChars) } : {}),
    ...tellEarlier(missed),
    ...(again ? { again } : {}),
  };
  return { told, instructions: name ?? known };
};
