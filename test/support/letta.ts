/** A Letta server for tests: the simulator on a port of its own, with what a checker may read of it. */
import { serveSimulator } from "../../src/simulator/serve.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { ownAddress } from "./address.ts";

export type PostSeen = { readonly texts: readonly string[]; readonly conversation_id: string | null };
export type Spoken = { readonly role: string; readonly text: string; readonly conversation_id: string | null };

export type Letta = {
  readonly url: string;
  readonly port: number;
  /** Message posts as they arrived, oldest first. */
  posts(): Promise<readonly PostSeen[]>;
  /** What people said, without the envelope, in the order of the history. */
  heard(): Promise<readonly string[]>;
  /** Ids of its agents, newest first. */
  agents(): Promise<readonly string[]>;
  addAgent(name: string): Promise<string>;
  removeAgent(id: string): Promise<void>;
  stop(): Promise<void>;
};

export const startLetta = (options: Partial<SimulatorOptions> & { readonly port?: number } = {}): Letta => {
  const { port = 0, ...rest } = options;
  const server = serveSimulator({ port, hostname: ownAddress, dataDir: null, wordMs: 10, ...rest });
  const headers = {
    "content-type": "application/json",
    ...(options.password === undefined ? {} : { authorization: `Bearer ${options.password}` }),
  };
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
    (await (await fetch(`${server.url}${path}`, { headers, ...init })).json()) as T;
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    posts: () => ask<readonly PostSeen[]>("/demo/requests"),
    heard: async () => {
      const spoken = await ask<readonly Spoken[]>("/demo/history");
      return spoken.filter(({ role }) => role === "user").map(({ text }) => text.slice(text.indexOf("\n") + 1));
    },
    agents: async () => (await ask<readonly { id: string }[]>("/v1/agents/")).map(({ id }) => id),
    addAgent: async (name) => {
      const body = JSON.stringify({ name });
      return (await ask<{ id: string }>("/v1/agents/", { method: "POST", body })).id;
    },
    removeAgent: async (id) => {
      await ask(`/v1/agents/${id}`, { method: "DELETE" });
    },
    stop: server.stop,
  };
};
