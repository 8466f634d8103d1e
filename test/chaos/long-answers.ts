/**
 * The send keys of messages on a platform that knows none: `<token>/<number>`, as lettabox has them. Only the last message
 * of an answer holds its token, and only the first says what it answers; all of them hold numbered lines, the same in
 * every answer. When two of a chat come in between each other, because one of them was sent again by hand, it does not
 * matter which of them has a message in the middle: they are alike.
 */
import { tokensIn } from "./exchange.ts";

export type Taken = {
  readonly chat: string;
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: number | undefined;
};

type Answer = {
  token: string | undefined;
  /** The line behind the last one that came. */
  expected: number;
  /** The number of each message, by its text. A copy has the number of what it copies. */
  readonly numbers: Map<string, number>;
  readonly places: number[];
};

const linesIn = (text: string): readonly number[] => (text.match(/\d{8}(?= the quick)/g) ?? []).map(Number);

const add = (answer: Answer, { text }: Taken, place: number): void => {
  answer.places.push(place);
  answer.token ??= tokensIn(text)[0];
  if (answer.numbers.has(text)) return;
  const lines = linesIn(text);
  const first = lines[0] ?? answer.expected;
  const before = Math.max(-1, ...answer.numbers.values());
  // What is missing leaves a hole in the numbers, and so does what begins anew.
  answer.numbers.set(text, before + (first === answer.expected ? 1 : 2));
  answer.expected = (lines.at(-1) ?? first - 1) + 1;
};

/** The one that a message belongs to which does not say what it answers. */
const ownerOf = (answers: readonly Answer[], { text }: Taken): Answer | undefined => {
  const [first] = linesIn(text);
  const open = answers.filter(({ token }) => token === undefined);
  return (
    open.find(({ expected }) => first === undefined || first === expected) ??
    open.find(({ numbers }) => numbers.has(text)) ??
    answers.findLast(({ numbers }) => numbers.has(text)) ??
    open.at(-1)
  );
};

/** The keys of messages, oldest first. What belongs to no answer has a key of its own. */
export const keysFor = (taken: readonly Taken[]): readonly string[] => {
  const keys = taken.map((_, place) => `part ${place}/0`);
  const chats = new Map<string, Map<number, Answer>>();
  for (const [place, message] of taken.entries()) {
    const isAnswer = tokensIn(message.text).length > 0 || linesIn(message.text).length > 0;
    if (!isAnswer) continue;
    const answers = chats.get(message.chat) ?? new Map<number, Answer>();
    chats.set(message.chat, answers);
    // One that answers nothing and belongs to none stands alone.
    const name = message.replyTo ?? -1 - place;
    const known = message.replyTo === undefined ? ownerOf([...answers.values()], message) : answers.get(name);
    const answer = known ?? { token: undefined, expected: 0, numbers: new Map(), places: [] };
    if (!known) answers.set(name, answer);
    add(answer, message, place);
  }
  for (const { token, numbers, places } of [...chats.values()].flatMap((answers) => [...answers.values()])) {
    if (token === undefined) continue;
    for (const place of places) keys[place] = `${token}/${numbers.get(taken[place]?.text ?? "")}`;
  }
  return keys;
};
