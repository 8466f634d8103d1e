import { type Call, type Completion, utterance } from "./completion.ts";

/**
 * The scripted model, for contract tests: what the last message says decides what it answers, word for word as the
 * model that stands behind a real server in the same tests.
 *
 *     CALL:<tool> {json}, CALL2:<tool>[,<tool>], SAY, EMPTY, WORDS:<n>, THINK, PACE:<seconds>, FAIL:<status>, CUT, BREAK, LENGTH
 *
 * Anything else is answered with `Echo: <the first 2,000 characters>`; a tool's result likewise.
 */

export type Shown = { readonly role: string; readonly text: string };

/** Set for every request, whatever its text. */
export type Mode = {
  /** An HTTP status, for the next request alone when `once`. */
  readonly fail: number | null;
  readonly once: boolean;
  readonly pace: number | null;
};

const echo = (text: string): string => `Echo: ${text.slice(0, 2_000)}`;

const piecesOf = (text: string): readonly string[] => text.match(/\S+\s*/g) ?? [];

/** As Python's `json.dumps` writes it. */
const dumps = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${dumps(one)}`);
  return `{${entries.join(", ")}}`;
};

const argumentsIn = (text: string): string => {
  try {
    return text.trim() === "" ? "{}" : dumps(JSON.parse(text));
  } catch {
    // Who writes a phrase with broken arguments calls the tool without any.
    return "{}";
  }
};

const callsIn = (text: string): readonly Call[] => {
  const twice = /CALL2:(\S+)/.exec(text)?.[1]?.split(",");
  if (twice !== undefined) {
    return ["a", "b"].map((query, at) => ({ tool: twice.at(-at) ?? "", arguments: dumps({ query }) }));
  }
  const [, tool, args = ""] = /CALL:(\S+)\s*(.*)/s.exec(text) ?? [];
  return tool === undefined ? [] : [{ tool, arguments: argumentsIn(args) }];
};

const answerTo = (text: string, calls: readonly Call[]): string => {
  if (calls.length > 0) return text.includes("SAY") ? "Calling now." : "";
  if (text.includes("EMPTY")) return "";
  const words = /WORDS:(\d+)/.exec(text)?.[1];
  if (words === undefined) return echo(text);
  return Array.from({ length: Number(words) }, (_, at) => `w${at + 1}`).join(" ");
};

const endingOf = (text: string): "whole" | "cut" | "broken" | "length" =>
  text.includes("BREAK") ? "broken" : text.includes("CUT") ? "cut" : text.includes("LENGTH") ? "length" : "whole";

/** `streams` is whether the server asked for deltas: without them the model neither thinks aloud nor breaks off. */
export const completeScripted = ({ role, text }: Shown, mode: Mode, streams: boolean): Completion => {
  const script = role === "user" ? text : "";
  const status = mode.fail ?? Number(/FAIL:(\d{3})/.exec(script)?.[1] ?? 0);
  if (status !== 0) {
    return {
      kind: "refusal",
      status,
      words: "{'error': {'message': 'scripted failure', 'type': 'scripted', 'code': 'scripted'}}",
    };
  }
  const pace = mode.pace ?? Number(/PACE:([\d.]+)/.exec(script)?.[1] ?? 0);
  const calls = callsIn(script);
  const answer = role === "user" ? answerTo(text, calls) : echo(text);
  const ending = endingOf(script);
  const pieces = piecesOf(answer);
  return utterance({
    reasoning: streams && script.includes("THINK") ? "Let me think about that." : null,
    pieces: streams && (ending === "cut" || ending === "broken") ? pieces.slice(0, 1) : pieces,
    pacedPieces: pace === 0 ? 0 : Number.POSITIVE_INFINITY,
    paceMs: pace * 1_000,
    calls,
    ending: streams || ending === "length" ? ending : "whole",
  });
};
