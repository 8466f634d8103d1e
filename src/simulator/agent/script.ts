import { type Completion, type Utterance, utterance } from "./completion.ts";
import type { Said } from "./said.ts";
import { phraseIn } from "./phrases.ts";
import { asksForName, floodPieces, nameIn, note, numberWord, remarkOn, wordPieces } from "./words.ts";

/**
 * The demo agent in the place of a language model: what it is shown decides what it answers. It knows nothing of runs,
 * frames or storage; whoever runs it executes its tool calls and asks it again with their result.
 */

export type ToolResult = {
  readonly tool: string;
  readonly verdict: "done" | "denied";
  readonly text: string;
  /** What the answer has to repeat at its end. */
  readonly tail: string;
};

export type Prompt =
  | {
      readonly kind: "said";
      readonly said: Said;
      readonly personName: string | null;
      /** Names of the tools it may call. */
      readonly tools: readonly string[];
      /** What it was told about whoever speaks: somewhere in what may be a long conversation. */
      readonly findNote: () => string | null;
    }
  | { readonly kind: "result"; readonly result: ToolResult };

const answer = (pieces: Iterable<string>, more: Partial<Utterance> = {}): Utterance => utterance({ pieces, ...more });

const after = (text: string, tail: string): string => (tail === "" ? text : `${text} ${tail}`);

const close = (text: string, tail: string): readonly string[] => wordPieces(after(text, tail) + note);

const callOf = (tool: string, args: object, tail: string): Completion =>
  utterance({ calls: [{ tool, arguments: JSON.stringify(args) }], tail });

const slow = (count: number, tail: string): Completion => {
  const words = Array.from({ length: count }, (_, at) => (at === 0 ? "" : " ") + numberWord(at + 1));
  return answer([...words, after("", tail) + note], { pacedPieces: count });
};

function* flood(count: number, from: number, tail: string): Generator<string> {
  const ending = after("", tail) + note;
  yield* floodPieces(Math.max(0, count - ending.length), from);
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

/** The client's tool for keeping something about whoever speaks. */
const keeper = "update_persona";

const remember = (text: string, tools: readonly string[]): Completion =>
  tools.includes(keeper)
    ? callOf(keeper, { text }, text)
    : answer(close("Nobody gave me a tool to remember that with.", text));

const recall = (told: string | null, tail: string): Completion =>
  answer(close(told === null ? "I was told nothing about you." : `I was told about you: ${told}`, tail));

export const complete = (prompt: Prompt): Completion => {
  if (prompt.kind === "result") return resultAnswer(prompt.result);
  const { said, personName, tools, findNote } = prompt;
  const phrase = phraseIn(said.texts);
  if (phrase === null) return echo(said, personName);
  const { kind, count, from = 0, tail } = phrase;
  switch (kind) {
    case "slow":
      return slow(count, tail);
    case "flood":
      return answer(flood(count, from, tail));
    case "think":
      return answer(close("I have thought about it.", tail), { reasoning: thoughts });
    case "tool":
      return callOf("get_time", {}, tail);
    case "ask":
      return callOf("water_plants", { litres: 1 }, tail);
    case "fail":
      return {
        kind: "refusal",
        status: 500,
        words: "{'error': {'message': 'demo fail', 'type': 'demo', 'code': 'demo'}}",
      };
    case "silent":
      return answer([]);
    case "remember":
      return remember(tail, tools);
    case "recall":
      return recall(findNote(), tail);
  }
};

/** The demo agent's own tools, which no other agent has: what a call returns, and whether somebody must approve it. */
const demoTools: Readonly<Record<string, { readonly asks: boolean; readonly run: (at: number) => string }>> = {
  get_time: { asks: false, run: (at) => new Date(at).toISOString() },
  water_plants: { asks: true, run: () => "the plants have been watered" },
};

export const demoTool = (name: string): (typeof demoTools)[string] | null => demoTools[name] ?? null;
