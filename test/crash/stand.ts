/** One gateway that may be killed, between a Letta proxy and a chat platform, with an agent and a data directory of its own. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reach } from "../chaos/ask.ts";
import { apiToken, stubSecret } from "../chaos/programs.ts";
import { createVictim, type Victim } from "../chaos/victim.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";
import { lettaHeaders } from "./history.ts";
import { type LettaProxy, startLettaProxy } from "./letta-proxy.ts";

/** What a gateway may be less patient with than for its users; see `createApp`. */
export type Timing = { readonly stuckMs?: number };

export type StandOptions = {
  /** The Letta server's own address. */
  readonly letta: string;
  /** Whether the gateway asks Letta for background mode. */
  readonly background: boolean;
  readonly timing: Timing;
  /** Where it makes its folder. */
  readonly dir: string;
  /** Fires when nobody is to wait any longer. */
  readonly abort: AbortSignal;
};

export type Stand = StandOptions & {
  readonly agent: string;
  readonly proxy: LettaProxy;
  readonly platform: StubPlatform;
  readonly gateway: Victim;
  readonly dataDir: string;
  /** The gateway, as callers reach it. */
  readonly reach: Reach;
  end(): Promise<void>;
};

const chaosServer = join(import.meta.dir, "..", "support", "chaos-server.ts");

/** The tool that this stand's agent may use only when somebody allows it. */
export const carefulTool = "memory_insert";

const makeAgent = async (letta: string): Promise<string> => {
  const ask = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(letta + path, { method, headers: lettaHeaders, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { id } = (await ask("POST", "/v1/agents/", {
    name: "Crash",
    model: "openai-proxy/fake-model",
    memory_blocks: [{ label: "human", value: "" }],
  })) as { id: string };
  await ask("PATCH", `/v1/agents/${id}/tools/approval/${carefulTool}`, { requires_approval: true });
  return id;
};

export const startStand = async (options: StandOptions): Promise<Stand> => {
  const { letta, background, timing, abort } = options;
  const home = mkdtempSync(join(options.dir, "stand-"));
  const dataDir = join(home, "data");
  mkdirSync(dataDir);
  writeFileSync(join(home, "lettabox.yaml"), `letta:\n  background: ${background}\n`);
  const agent = await makeAgent(letta);
  const proxy = await startLettaProxy(letta);
  const platform = startStubPlatform();
  const gateway = createVictim("lettabox", () => ({
    argv: [process.execPath, chaosServer, platform.url, stubSecret, JSON.stringify(timing)],
    cwd: home,
    // Nothing of this shell's environment.
    env: {
      HOME: home,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: dataDir,
      LETTA_BASE_URL: proxy.url,
      LETTA_AGENT_ID: agent,
      LETTABOX_API_KEY: apiToken,
      BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
      LOG_LEVEL: "debug",
    },
    log: join(home, "gateway.log"),
  }));
  gateway.start();
  return {
    ...options,
    agent,
    proxy,
    platform,
    gateway,
    dataDir,
    reach: { server: gateway, abort },
    end: async () => {
      await gateway.end();
      await Promise.all([proxy.stop(), platform.stop()]);
    },
  };
};

/** SIGKILL, and a new process on the same data at once. */
export const crash = async ({ gateway }: Stand): Promise<void> => {
  await gateway.kill();
  gateway.start();
};
