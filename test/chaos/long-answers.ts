/**
 * The send keys of messages on a platform that knows none: `<token>/<number>`, as lettabox has them. Only the last message
 * of an answer holds its token; those before it are known by the numbered lines in them, as nothing else comes in between.
 */
import { tokensIn } from "./exchange.ts";

type Taken = { readonly chat: string; readonly text: string };

/** A line that is not there, or comes again, leaves a hole in the numbers of the messages. */
const linesIn = (text: string): readonly number[] => (text.match(/\d{8}(?= the quick)/g) ?? []).map(Number);

/** The numbers of the messages of one answer. A copy has the number of what it copies. */
const numberAll = (texts: readonly string[]): readonly number[] => {
  let number = -1;
  let expected = 0;
  let before: string | undefined;
  return texts.map((text) => {
    if (text === before) return number;
    before = text;
    const lines = linesIn(text);
    number += (lines[0] ?? expected) === expected ? 1 : 2;
    expected = (lines.at(-1) ?? expected - 1) + 1;
    return number;
  });
};

/** The keys of messages, oldest first. What belongs to no answer has a key of its own. */
export const keysFor = (taken: readonly Taken[]): readonly string[] => {
  const keys = taken.map((_, place) => `part ${place}/0`);
  const begun = new Map<string, readonly number[]>();
  const ends = new Map<string, string>();
  for (const [place, { chat, text }] of taken.entries()) {
    const [token] = tokensIn(text);
    if (token === undefined && linesIn(text).length === 0) continue;
    const places = [...(begun.get(chat) ?? []), place];
    if (token === undefined) {
      begun.set(chat, places);
      continue;
    }
    begun.delete(chat);
    const numbers = numberAll(places.map((one) => taken[one]?.text ?? ""));
    for (const [index, one] of places.entries()) keys[one] = `${token}/${numbers[index]}`;
    const known = places.length === 1 ? ends.get(text) : undefined;
    if (known !== undefined) keys[place] = known;
    else ends.set(text, keys[place] ?? "");
  }
  return keys;
};
