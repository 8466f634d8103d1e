/** Posting messages and hearing, frame by frame, what the server streams. */
import { sdkHeaders, type Json, type Stage } from "./stage.ts";

export type Message = { readonly message_type: string; readonly [key: string]: unknown };

/** What one post brought: `messages` as they were on the wire, in order, pings and stop reasons among them. */
export type Heard = {
  readonly status: number;
  readonly messages: readonly Message[];
  /** The data of `event: error`. */
  readonly error: Json | null;
  /** Whether `data: [DONE]` came. */
  readonly done: boolean;
  /** The body of an answer that is no stream. */
  readonly body: unknown;
};

export type Turn = {
  readonly agent: string;
  /** `default` when absent. */
  readonly conversation?: string;
  /** One user message, or whatever is in `messages`. */
  readonly text?: string;
  readonly messages?: readonly Json[];
  readonly tokens?: boolean;
  readonly more?: Json;
};

export const user = (text: string, more: Json = {}): Json => ({ role: "user", content: text, ...more });

const bodyOf = ({ agent, conversation = "default", text, messages, tokens = true, more = {} }: Turn): Json => ({
  ...(conversation === "default" ? { agent_id: agent } : {}),
  messages: messages ?? [user(text ?? "hello")],
  stream_tokens: tokens,
  ...more,
});

const pathOf = ({ conversation = "default" }: Turn): string => `/v1/conversations/${conversation}/messages`;

type Frame = { readonly event: string; readonly data: string };

const frameOf = (text: string): Frame | null => {
  const lines = text.split("\n").filter((line) => !line.startsWith(":"));
  const field = (name: string): string =>
    lines
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join("\n");
  return lines.length === 0 ? null : { event: field("event"), data: field("data") };
};

async function* framesOf(response: Response): AsyncGenerator<Frame, void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const frame = frameOf(part);
      if (frame !== null) yield frame;
    }
  }
}

/** A stream that is being heard. */
export type Hearing = {
  readonly status: number;
  /** The next message, or null at the end. */
  readonly next: () => Promise<Message | null>;
  /** Reads on until a message of this type came, and answers it. */
  readonly nextOf: (type: string) => Promise<Message>;
  /** Everything from the beginning to the end. */
  readonly heard: () => Promise<Heard>;
  /** Goes away. */
  readonly leave: () => void;
};

export const openStream = async (stage: Stage, path: string, body: Json): Promise<Hearing> => {
  const leaving = new AbortController();
  const response = await fetch(stage.url + path, {
    method: "POST",
    headers: sdkHeaders,
    body: JSON.stringify(body),
    signal: leaving.signal,
    keepalive: false,
  });
  const { status } = response;
  const messages: Message[] = [];
  let error: Json | null = null;
  let done = false;
  const streams = response.headers.get("content-type")?.includes("text/event-stream") ?? false;
  const answer = streams ? null : await response.text();
  const frames = framesOf(response);
  const next = async (): Promise<Message | null> => {
    if (!streams) return null;
    for (;;) {
      const step = await frames.next();
      if (step.done) return null;
      const { event, data } = step.value;
      if (data === "[DONE]") done = true;
      else if (event === "error") error = JSON.parse(data) as Json;
      else {
        const message = JSON.parse(data) as Message;
        messages.push(message);
        return message;
      }
    }
  };
  return {
    status,
    next,
    nextOf: async (type) => {
      for (;;) {
        const message = await next();
        if (message === null) throw new Error(`The stream ended without ${type}.`);
        if (message.message_type === type) return message;
      }
    },
    heard: async () => {
      while ((await next()) !== null);
      return { status, messages, error, done, body: answer === null ? null : parse(answer) };
    },
    leave: () => leaving.abort(),
  };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

export const openTurn = (stage: Stage, turn: Turn): Promise<Hearing> => openStream(stage, pathOf(turn), bodyOf(turn));

export const take = async (stage: Stage, turn: Turn): Promise<Heard> => (await openTurn(stage, turn)).heard();

/** The types in order, with repetitions left out. */
export const typesOf = ({ messages }: Heard): readonly string[] =>
  messages.map((one) => one.message_type).filter((type, at, all) => type !== all[at - 1]);

export const ofType = ({ messages }: Heard, type: string): readonly Message[] =>
  messages.filter((one) => one.message_type === type);

export const textOf = (heard: Heard): string =>
  ofType(heard, "assistant_message")
    .map(({ content }) => String(content))
    .join("");

export const stopOf = (heard: Heard): unknown => ofType(heard, "stop_reason")[0]?.["stop_reason"];

export const runOf = ({ messages }: Heard): string =>
  String(messages.find(({ run_id }) => typeof run_id === "string")?.["run_id"]);

type Call = { readonly name?: string | null; readonly arguments?: string | null; readonly tool_call_id: string };

/** Tool calls of these messages, put together from whole messages or deltas. */
export const callsOf = (messages: readonly Message[]): readonly { id: string; name: string; arguments: string }[] => {
  const calls = new Map<string, { id: string; name: string; arguments: string }>();
  for (const { tool_call, tool_calls } of messages) {
    const list = (Array.isArray(tool_calls) ? tool_calls : [tool_calls ?? tool_call]) as readonly (Call | null)[];
    for (const piece of list) {
      if (piece === null) continue;
      const call = calls.get(piece.tool_call_id) ?? { id: piece.tool_call_id, name: "", arguments: "" };
      calls.set(piece.tool_call_id, {
        ...call,
        name: call.name + (piece.name ?? ""),
        arguments: call.arguments + (piece.arguments ?? ""),
      });
    }
  }
  return [...calls.values()];
};

/** An answer to calls that wait: each approved, or denied for this reason. */
export const decision = (ids: readonly string[], approve: boolean, reason?: string): Json => ({
  type: "approval",
  approvals: ids.map((tool_call_id) => ({
    type: "approval",
    tool_call_id,
    approve,
    ...(reason === undefined ? {} : { reason }),
  })),
});

/** Results of client tools. */
export const results = (ids: readonly string[], text: string): Json => ({
  type: "approval",
  approvals: ids.map((tool_call_id) => ({ type: "tool", tool_call_id, status: "success", tool_return: text })),
});
