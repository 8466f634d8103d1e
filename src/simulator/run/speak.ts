import type { Call, Utterance } from "../agent/completion.ts";
import { wordPieces } from "../agent/words.ts";
import {
  approvalRequestMessage,
  assistantMessage,
  callDelta,
  type Origin,
  reasoningMessage,
  type ToolCall,
  toolCallMessage,
  type WireMessage,
} from "../wire/messages.ts";
import type { Voice } from "./voice.ts";

/** One model turn, spoken. All of its parts share the message id; each returns as the whole message that is stored. */

/** After so many deltas without a pause the run lets others work. */
const breathEvery = 64;

/** The stop signal may fire on the way: then what is returned is incomplete and not for storing. */
export const speakText = async (
  voice: Voice,
  origin: Origin,
  said: Utterance,
  usualMs: number,
): Promise<readonly WireMessage[]> => {
  const tokens = voice.mode === "tokens";
  const paceMs = said.paceMs ?? usualMs;
  const parts: WireMessage[] = [];
  if (said.reasoning !== null) {
    if (tokens) for (const piece of wordPieces(said.reasoning)) voice.say(reasoningMessage(origin, 0, piece));
    parts.push(reasoningMessage(origin, 0, said.reasoning));
  }
  const index = parts.length;
  const pieces: string[] = [];
  // A model that is not asked for deltas is slow once, before all it says.
  if (said.paceMs !== null && said.pacedPieces > 0 && !tokens) await voice.pause(paceMs);
  for (const piece of said.pieces) {
    const waits = pieces.length < said.pacedPieces && (said.paceMs === null ? pieces.length > 0 : tokens);
    if (waits) await voice.pause(paceMs);
    else if (pieces.length % breathEvery === breathEvery - 1) await voice.breathe();
    if (voice.abort.aborted) return parts;
    pieces.push(piece);
    if (tokens) voice.say(assistantMessage({ ...origin, at: voice.now() }, index, piece));
  }
  if (pieces.length > 0) parts.push(assistantMessage(origin, index, pieces.join("")));
  if (!tokens && !voice.abort.aborted) for (const part of parts) voice.say(part);
  return parts;
};

const argumentsPiece = 6;

export const callOf = ({ tool, arguments: args }: Call): ToolCall => ({
  name: tool,
  arguments: args,
  tool_call_id: `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`,
});

/** The calls of one turn, as one message. `index` is the place behind the other parts. */
export const speakCalls = (
  voice: Voice,
  origin: Origin,
  index: number,
  calls: readonly ToolCall[],
  waits: boolean,
): WireMessage => {
  const whole = waits ? approvalRequestMessage(origin, calls) : toolCallMessage(origin, index, calls);
  if (voice.mode !== "tokens") {
    voice.say(whole);
    return whole;
  }
  const type = waits ? "approval_request_message" : "tool_call_message";
  for (const call of calls) {
    voice.say(callDelta(type, origin, index, call, null));
    for (let at = 0; at < call.arguments.length; at += argumentsPiece) {
      voice.say(callDelta(type, origin, index, call, call.arguments.slice(at, at + argumentsPiece)));
    }
  }
  return whole;
};
