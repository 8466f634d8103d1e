/**
 * The send keys of messages on a platform that knows none: `<token>/<number>`, as lettabox has them. A long answer is
 * numbered lines, whose numbers belong to it alone, and only the last of its messages holds its token.
 */
import { linesEach, placeIn, tokensIn } from "./exchange.ts";

const linesIn = (text: string): readonly number[] => (text.match(/\d{8}(?= the quick)/g) ?? []).map(Number);

type Answer = {
  token: string | undefined;
  /** The number behind that of the last line that came. */
  expected: number;
  /** The number of each message, by its text. A copy has the number of what it copies. */
  readonly numbers: Map<string, number>;
  readonly places: number[];
};

const add = (answer: Answer, text: string, lines: readonly number[], place: number): void => {
  answer.places.push(place);
  answer.token ??= tokensIn(text)[0];
  if (answer.numbers.has(text)) return;
  const first = lines[0] ?? answer.expected;
  // What is missing leaves a hole in the numbers, and so does what begins anew.
  const before = Math.max(-1, ...answer.numbers.values());
  answer.numbers.set(text, before + (first === answer.expected ? 1 : 2));
  answer.expected = (lines.at(-1) ?? first - 1) + 1;
};

/** The keys of messages, oldest first. What belongs to no answer has a key of its own. */
export const keysFor = (texts: readonly string[]): readonly string[] => {
  const keys = texts.map((_, place) => `part ${place}/0`);
  const answers = new Map<number, Answer>();
  for (const [place, text] of texts.entries()) {
    const [token] = tokensIn(text);
    const lines = linesIn(text);
    const line = lines[0] ?? (token === undefined ? undefined : placeIn(token) * linesEach);
    if (line === undefined) continue;
    const asked = Math.floor(line / linesEach);
    const known = answers.get(asked);
    const answer = known ?? { token: undefined, expected: asked * linesEach, numbers: new Map(), places: [] };
    answers.set(asked, answer);
    add(answer, text, lines, place);
  }
  for (const { token, numbers, places } of answers.values()) {
    if (token === undefined) continue;
    for (const place of places) keys[place] = `${token}/${numbers.get(texts[place] ?? "")}`;
  }
  return keys;
};
