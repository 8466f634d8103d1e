import { createHash } from "node:crypto";
import type { Frame } from "./upstream.ts";

/** One complete thing in a turn. `uuid` is the same in the stream and in the history of its run. */
export type TurnPart =
  | { readonly kind: "assistant" | "reasoning"; readonly uuid: string; readonly text: string }
  | {
      readonly kind: "tool_call" | "approval_request";
      readonly uuid: string;
      readonly id: string;
      readonly name: string;
      readonly arguments: string;
    }
  | {
      readonly kind: "tool_result";
      readonly uuid: string;
      readonly id: string;
      readonly name: string;
      readonly ok: boolean;
      readonly text: string;
    };

export type Reduction = {
  readonly delta?: { readonly kind: "assistant" | "reasoning"; readonly uuid: string; readonly text: string };
  readonly completed: readonly TurnPart[];
};

export type Reducer = {
  push(frame: Frame): Reduction;
  /** What was still open: call it when the stream has ended, however it did. */
  end(): readonly TurnPart[];
};

type Spoken = { readonly kind: "assistant" | "reasoning"; readonly uuid: string; text: string };
type Call = { readonly kind: "tool_call" | "approval_request"; readonly id: string; name: string; arguments: string };

/** A UUID made of a tool call's id: its own kind of version 8, so that it equals no other. */
export const deriveUuid = (kind: TurnPart["kind"], id: string): string => {
  const hash = createHash("sha256").update(`${kind}\0${id}`).digest("hex");
  const variant = "89ab"[Number.parseInt(hash.charAt(16), 16) % 4];
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
};

/**
 * Makes turn parts of frames, be they token deltas or whole messages. Text is one part as long as its `otid` lasts;
 * parallel tool calls stay open side by side until something else comes. A part without text is none.
 */
export const createReducer = (): Reducer => {
  let spoken: Spoken | undefined;
  const calls = new Map<string, Call>();
  const names = new Map<string, string>();

  const closeSpoken = (): readonly TurnPart[] => {
    const part = spoken;
    spoken = undefined;
    return part && part.text !== "" ? [part] : [];
  };

  const closeCalls = (): readonly TurnPart[] => {
    const parts = [...calls.values()].map((call) => ({ ...call, uuid: deriveUuid(call.kind, call.id) }));
    calls.clear();
    return parts;
  };

  const closeAll = () => [...closeSpoken(), ...closeCalls()];

  const speak = (kind: Spoken["kind"], uuid: string, text: string): Reduction => {
    const completed = [...(spoken?.kind === kind && spoken.uuid === uuid ? [] : closeSpoken()), ...closeCalls()];
    spoken ??= { kind, uuid, text: "" };
    spoken.text += text;
    return text === "" ? { completed } : { delta: { kind, uuid, text }, completed };
  };

  const callTool = (frame: Extract<Frame, { type: Call["kind"] }>): Reduction => {
    const completed = closeSpoken();
    const key = `${frame.type}\0${frame.id}`;
    const call = calls.get(key) ?? { kind: frame.type, id: frame.id, name: "", arguments: "" };
    calls.set(key, call);
    // Deltas name the tool once; a server that repeats the name must not double it.
    call.name ||= frame.name;
    call.arguments += frame.arguments;
    names.set(call.id, call.name);
    return { completed };
  };

  return {
    push(frame) {
      switch (frame.type) {
        case "text":
          return speak("assistant", frame.otid, frame.text);
        case "reasoning":
          return speak("reasoning", frame.otid, frame.text);
        case "tool_call":
        case "approval_request":
          return callTool(frame);
        case "tool_return": {
          const { id, ok, text } = frame;
          const name = frame.name || names.get(id) || "";
          const result = { kind: "tool_result", uuid: deriveUuid("tool_result", id), id, name, ok, text } as const;
          return { completed: [...closeAll(), result] };
        }
        case "user":
        case "approval_response":
        case "stop":
        case "error":
          return { completed: closeAll() };
        case "run":
        case "ping":
        case "usage":
          // These come at any time, in the middle of a word too.
          return { completed: [] };
      }
    },
    end: closeAll,
  };
};
