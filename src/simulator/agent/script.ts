import type { Said } from "./said.ts";
import { phraseIn } from "./phrases.ts";
import { asksForName, floodPieces, nameIn, note, numberWord, remarkOn, wordPieces } from "./words.ts";

/**
 * The demo agent in the place of a language model: what it is shown decides what it answers. It knows nothing of runs,
 * frames or storage; whoever runs it executes its tool calls and asks it again with their result.
 */

export type Call = { readonly tool: string; readonly arguments: string; readonly needsApproval: boolean };

export type ToolResult = {
  readonly tool: string;
  readonly verdict: "done" | "denied";
  readonly text: string;
  /** What the answer has to repeat at its end. */
  readonly tail: string;
};

export type Prompt =
  | { readonly kind: "said"; readonly said: Said; readonly personName: string | null }
  | { readonly kind: "result"; readonly result: ToolResult };

/** One model turn. */
export type Completion =
  { readonly kind: "failure" } | { readonly kind: "call"; readonly call: Call; readonly tail: string } | Answer;

export type Answer = {
  readonly kind: "answer";
  readonly reasoning: string | null;
  /** Read once, in order. */
  readonly pieces: Iterable<string>;
  /** So many pieces are a pause apart from each other; the rest follows at once. */
  readonly pacedPieces: number;
  /** A name the agent learned and keeps once the turn has succeeded. */
  readonly learned: string | null;
};

const answer = (pieces: Iterable<string>, more: Partial<Answer> = {}): Answer => ({
  kind: "answer",
  reasoning: null,
  pieces,
  pacedPieces: 0,
  learned: null,
  ...more,
});

const after = (text: string, tail: string): string => (tail === "" ? text : `${text} ${tail}`);

const close = (text: string, tail: string): readonly string[] => wordPieces(after(text, tail) + note);

const callOf = (tool: string, args: object, needsApproval: boolean, tail: string): Completion => ({
  kind: "call",
  call: { tool, arguments: JSON.stringify(args), needsApproval },
  tail,
});

const slow = (count: number, tail: string): Completion => {
  const words = Array.from({ length: count }, (_, at) => (at === 0 ? "" : " ") + numberWord(at + 1));
  return answer([...words, after("", tail) + note], { pacedPieces: count });
};

function* flood(count: number, tail: string): Generator<string> {
  const ending = after("", tail) + note;
  yield* floodPieces(Math.max(0, count - ending.length));
  yield ending;
}

const echo = ({ texts, images }: Said, personName: string | null): Completion => {
  const text = texts.join("\n");
  if (text === "")
    return answer(
      close(images === 0 ? "I am here." : `You sent ${images === 1 ? "an image" : `${images} images`}.`, ""),
    );
  const learned = nameIn(text);
  const name = learned ?? personName;
  const remark = asksForName(text)
    ? name === null
      ? "You have not told me your name yet."
      : `Your name is ${name}.`
    : learned !== null
      ? `Nice to meet you, ${learned}.`
      : name !== null
        ? `${remarkOn(text).replace(/\.$/, "")}, ${name}.`
        : remarkOn(text);
  return answer(wordPieces(`You said: ${text}\n\n${remark}${note}`), { learned });
};

const thoughts = "The person wants to see me think. I will think a little, and then answer.";

const resultAnswer = ({ tool, verdict, text, tail }: ToolResult): Completion =>
  verdict === "done"
    ? answer(close(`The tool ${tool} says: ${text}.`, tail))
    : answer(close(`You did not allow ${tool}, so I left it.`, tail));

export const complete = (prompt: Prompt): Completion => {
  if (prompt.kind === "result") return resultAnswer(prompt.result);
  const phrase = phraseIn(prompt.said.texts);
  if (phrase === null) return echo(prompt.said, prompt.personName);
  const { kind, count, tail } = phrase;
  switch (kind) {
    case "slow":
      return slow(count, tail);
    case "flood":
      return answer(flood(count, tail));
    case "think":
      return answer(close("I have thought about it.", tail), { reasoning: thoughts });
    case "tool":
      return callOf("get_time", {}, false, tail);
    case "ask":
      return callOf("water_plants", { litres: 1 }, true, tail);
    case "fail":
      return { kind: "failure" };
    case "silent":
      return answer([]);
  }
};

/** The demo agent's tools, for real: what a call returns. */
export const runTool = (tool: string, at: number): string =>
  tool === "get_time" ? new Date(at).toISOString() : "the plants have been watered";
