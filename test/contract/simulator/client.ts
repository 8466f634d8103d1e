import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Letta, { APIError } from "@letta-ai/letta-client";
import { createSimulator, type Simulator, type SimulatorOptions } from "../../../src/simulator/simulator.ts";

/** The official SDK on a simulator, and what a turn looked like to it. */

/** A frame as the SDK yields it; tests look at fields the SDK's types do not all know. */
export type Event = { readonly message_type: string; readonly [key: string]: unknown };

export type Listened = {
  readonly events: readonly Event[];
  /** What the SDK threw on the way. */
  readonly error: { readonly status: number | undefined; readonly body: unknown } | null;
};

export const sdkOn = (simulator: Simulator, apiKey: string | null = null): Letta =>
  new Letta({
    apiKey,
    baseURL: "http://simulator.test",
    maxRetries: 0,
    logLevel: "off",
    fetch: async (input, init) => {
      const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
      return simulator.fetch(new Request(url, init));
    },
  });

export type Stage = {
  readonly simulator: Simulator;
  readonly client: Letta;
  /** The agent named Demo. */
  readonly agentId: string;
  conversation(): Promise<string>;
};

export const stageOf = async (options: Partial<SimulatorOptions> = {}): Promise<Stage> => {
  const simulator = createSimulator({ dataDir: null, wordMs: 5, ...options });
  const client = sdkOn(simulator, options.password ?? null);
  const [agent] = (await client.agents.list({ name: "Demo" })).items;
  const agentId = agent?.id ?? "";
  return {
    simulator,
    client,
    agentId,
    conversation: async () => (await client.conversations.create({ agent_id: agentId })).id,
  };
};

export const temporaryDirectory = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "lettabox-demo-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** Everything the SDK yields until the stream ends or throws. */
export const listen = async (stream: PromiseLike<AsyncIterable<object>>): Promise<Listened> => {
  const events: Event[] = [];
  try {
    for await (const event of await stream) events.push(event as Event);
    return { events, error: null };
  } catch (thrown) {
    if (thrown instanceof APIError) return { events, error: { status: thrown.status, body: thrown.error } };
    return { events, error: { status: undefined, body: String(thrown) } };
  }
};

export const said = (text: string, otid?: string) => ({
  role: "user" as const,
  content: text,
  ...(otid === undefined ? {} : { otid }),
});

export const typesOf = ({ events }: Listened): readonly string[] => events.map(({ message_type }) => message_type);

/** The concatenated text of the answer. */
export const answerOf = ({ events }: Listened): string =>
  events
    .filter(({ message_type }) => message_type === "assistant_message")
    .map(({ content }) => String(content))
    .join("");

export const runOf = ({ events }: Listened): string => String(events[0]?.["run_id"]);

export const stopOf = ({ events }: Listened): unknown =>
  events.find(({ message_type }) => message_type === "stop_reason")?.["stop_reason"];

/** The id of the tool call that a turn ended waiting for. */
export const askedCallOf = ({ events }: Listened): string => {
  const request = events.find(({ message_type }) => message_type === "approval_request_message");
  if (request === undefined) throw new Error("The turn asked for no approval.");
  return (request["tool_call"] as { readonly tool_call_id: string }).tool_call_id;
};

/** The frames as they are on the wire. */
export const framesOf = async ({ simulator }: Stage, path: string, body: object): Promise<readonly string[]> => {
  const response = await simulator.fetch(
    new Request(`http://simulator.test${path}`, {
      method: "POST",
      headers: { "x-stainless-package-version": "1.12.1" },
      body: JSON.stringify(body),
    }),
  );
  return (await response.text()).split("\n\n").filter((frame) => frame !== "");
};

export const getJson = async <T>({ simulator }: Stage, path: string): Promise<T> => {
  const response = await simulator.fetch(new Request(`http://simulator.test${path}`));
  return (await response.json()) as T;
};

/** What a request was refused with, or its answer. */
export const refusalOf = async (asking: PromiseLike<unknown>): Promise<unknown> => {
  try {
    return await asking;
  } catch (refusal) {
    return refusal;
  }
};

/** A turn that says one word and then nothing until it is cancelled, and a simulator of its own around it. */
export const hanging = async (
  options: Partial<SimulatorOptions> = {},
  body: Parameters<Letta["conversations"]["messages"]["create"]>[1] = {},
  conversation?: (stage: Stage) => Promise<string>,
) => {
  const stuck = await stageOf({ wordMs: 1_000_000, ...options });
  const id = conversation === undefined ? "default" : await conversation(stuck);
  const stream = await stuck.client.conversations.messages.create(id, {
    agent_id: stuck.agentId,
    messages: [said("demo slow 2")],
    stream_tokens: true,
    ...body,
  });
  const iterator = stream[Symbol.asyncIterator]();
  const next = async (): Promise<Event | null> => {
    const { done, value } = await iterator.next();
    return done ? null : (value as unknown as Event);
  };
  const ping = await next();
  const word = await next();
  return { stuck, conversation: id, stream, next, word, runId: String(ping?.["run_id"]) };
};
