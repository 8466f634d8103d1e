import type { Answer, Call } from "../agent/script.ts";
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
export const speakAnswer = async (
  voice: Voice,
  origin: Origin,
  answer: Answer,
  wordMs: number,
): Promise<readonly WireMessage[]> => {
  const tokens = voice.mode === "tokens";
  const parts: WireMessage[] = [];
  if (answer.reasoning !== null) {
    if (tokens) for (const piece of wordPieces(answer.reasoning)) voice.say(reasoningMessage(origin, 0, piece));
    parts.push(reasoningMessage(origin, 0, answer.reasoning));
  }
  const index = parts.length;
  const pieces: string[] = [];
  for (const piece of answer.pieces) {
    if (pieces.length > 0 && pieces.length < answer.pacedPieces) await voice.pause(wordMs);
    else if (pieces.length % breathEvery === breathEvery - 1) await voice.breathe();
    if (voice.abort.aborted) return parts;
    pieces.push(piece);
    if (tokens) voice.say(assistantMessage({ ...origin, at: voice.now() }, index, piece));
  }
  if (pieces.length > 0) parts.push(assistantMessage(origin, index, pieces.join("")));
  if (!tokens) for (const part of parts) voice.say(part);
  return parts;
};

const argumentsPiece = 6;

export const speakCall = (voice: Voice, origin: Origin, call: Call): WireMessage & { readonly tool_call: ToolCall } => {
  const tool_call: ToolCall = {
    name: call.tool,
    arguments: call.arguments,
    tool_call_id: `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`,
  };
  const whole = call.needsApproval ? approvalRequestMessage(origin, tool_call) : toolCallMessage(origin, 0, tool_call);
  if (voice.mode === "tokens") {
    const type = call.needsApproval ? "approval_request_message" : "tool_call_message";
    voice.say(callDelta(type, origin, 0, tool_call, null));
    for (let at = 0; at < call.arguments.length; at += argumentsPiece) {
      voice.say(callDelta(type, origin, 0, tool_call, call.arguments.slice(at, at + argumentsPiece)));
    }
  } else {
    voice.say(whole);
  }
  return { ...whole, tool_call };
};
