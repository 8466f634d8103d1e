/** What a case works with: one server, seen through the official SDK, our adapter and plain HTTP. */
import Letta from "@letta-ai/letta-client";
import type { Upstream } from "../../../src/letta/upstream.ts";
import { createV1Upstream } from "../../../src/letta/v1.ts";

/** A Letta server with the scripted model behind it: a real one, or the simulator. */
export type Server = {
  readonly url: string;
  /** `GET log` there tells what the model was asked. */
  readonly modelUrl: string;
  readonly redis: boolean;
  /** How much of each pause that a case asks for is kept: 1 on a real server. */
  readonly pace: number;
  /** SIGKILL, and the start of the same server on the same data. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
};

export type Json = { readonly [key: string]: unknown };

export type Answer = { readonly status: number; readonly body: unknown };

/** One request to the model: its system prompt, what follows it, and the names of the tools it was offered. */
export type Asked = {
  readonly system: string;
  readonly messages: readonly { readonly role: string; readonly content?: unknown; readonly name?: string }[];
  readonly tools: readonly string[];
};

export type Stage = Server & {
  readonly sdk: Letta;
  readonly upstream: Upstream;
  /** A request as the SDK's, with its version header; `body` goes out as JSON. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The same without any header that tells an SDK. */
  readonly callBare: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** A new agent on the scripted model; answers its id. */
  readonly agent: (more?: Json) => Promise<string>;
  readonly conversation: (agent: string) => Promise<string>;
  /** What the model was asked in requests that contain `word`, oldest first. */
  readonly asked: (word: string) => Promise<readonly Asked[]>;
};

export const scriptedModel = "openai-proxy/fake-model";
export const embedding = "openai/text-embedding-3-small";

export const sdkHeaders = { "content-type": "application/json", "x-stainless-package-version": "1.12.1" };

const bareHeaders = { "content-type": "application/json", "user-agent": "Bun/1.4.5" };

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

export const stageOn = (server: Server): Stage => {
  const { url, modelUrl } = server;
  const request =
    (headers: Record<string, string>): Stage["call"] =>
    async (method, path, body) => {
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(url + path, { method, headers, redirect: "manual", ...init });
      return { status: response.status, body: await bodyOf(response) };
    };
  const sdk = new Letta({ baseURL: url, apiKey: null, maxRetries: 0, logLevel: "off" });
  return {
    ...server,
    sdk,
    upstream: createV1Upstream({ baseUrl: url }),
    call: request(sdkHeaders),
    callBare: request(bareHeaders),
    agent: async (more = {}) => {
      const made = await sdk.agents.create({ name: "Contract", model: scriptedModel, ...more });
      return made.id;
    },
    conversation: async (agent) => (await sdk.conversations.create({ agent_id: agent })).id,
    asked: async (word) => {
      const log = (await (await fetch(`${modelUrl}/log?last=500`)).json()) as readonly Asked[];
      return log.filter((entry) => JSON.stringify(entry).includes(word));
    },
  };
};

/** A word that no other case uses, to find what belongs to this one. */
export const unique = (stem: string): string => `${stem}${crypto.randomUUID().slice(0, 8)}`;

/** Looks again until there is something to see. */
export const until = async <T>(look: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> => {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error("It did not come to pass.");
    await Bun.sleep(50);
  }
};
