/** A whole lettabox behind a fault proxy, as its callers and the agent's history see it. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../contract/upstream/stage.ts";
import { startApp, tempDir, type TestApp, type TestOptions } from "../support/app.ts";
import { until } from "../support/box.ts";
import { readEvents } from "../support/event-stream.ts";
import { type FaultProxy, startFaultProxy } from "../support/faults/proxy.ts";
import { key, silenceMs } from "./stand.ts";

/** A turn as its caller saw it, and as it was stored. */
export type Told = {
  readonly state: string;
  readonly response: string;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly resent: boolean;
  /** What came word by word, put together again. */
  readonly heard: string;
  /** Each time the turn went back to wait. */
  readonly retries: readonly { readonly reason: string; readonly delayMs: number }[];
};

type Stored = Omit<Told, "heard" | "retries">;

export type FaultBox = {
  readonly proxy: FaultProxy;
  /** Sends a message as a caller who listens to its end. */
  ask(message: string, chat: string): Promise<Told>;
  /** How often the agent's history holds a person's message with this text. */
  timesHeard(text: string): Promise<number>;
  /** Everything that was logged. */
  readonly log: () => string;
  /** Stops it and starts it again on the same data, with other options for this pace or with its own. */
  restart(other?: (pace: number) => BoxOptions): Promise<void>;
  stop(): Promise<void>;
};

export type BoxOptions = Pick<TestOptions, "limits"> & {
  /** Runs are asked for in the background. */
  readonly background?: boolean;
  readonly stuckMs?: number;
};

const listen = async (app: TestApp, message: string, chat: string): Promise<Told> => {
  const response = await app.chat({ message, chat }, { accept: "text/event-stream" });
  const turnId = response.headers.get("x-turn-id");
  if (response.body === null || turnId === null) throw new Error(`no turn: ${response.status}`);
  let heard = "";
  const retries: Told["retries"][number][] = [];
  for await (const { event } of readEvents(response.body)) {
    if (event.type === "assistant") heard += event.content ?? "";
    if (event.type === "retry") retries.push(event as unknown as Told["retries"][number]);
  }
  const stored = (await (await app.call(`/api/v1/turns/${turnId}`)).json()) as Stored;
  return { ...stored, heard, retries };
};

/** A house account on a new agent, whose server is reached through the proxy; ready, so that the next requests are a turn's. */
export const startFaultBox = async (stage: Stage, options: BoxOptions = {}): Promise<FaultBox> => {
  // Patience in proportion to the server: the simulator takes a tenth of the time of a real one with its model.
  const { pace } = stage;
  const agent = await stage.agent();
  const proxy = await startFaultProxy(() => stage.url);
  const dataDir = tempDir();
  const logs: (() => string)[] = [];
  const start = async ({ background = false, stuckMs = 20_000 * pace, ...rest }: BoxOptions): Promise<TestApp> => {
    writeFileSync(join(dataDir, "lettabox.yaml"), `letta:\n  background: ${background}\n`);
    const started = await startApp({
      ...rest,
      dataDir,
      lettaLimits: { silenceMs: silenceMs(pace), answerMs: 2 * silenceMs(pace) },
      timing: { retryMs: 20, pollMs: 20, searchMs: 1_500 * pace, stuckMs, stuckAfterRefusalMs: stuckMs },
      env: { LETTA_BASE_URL: proxy.url, LETTA_API_KEY: key, LETTA_AGENT_ID: agent },
    });
    logs.push(started.log);
    await until(async () => ((await fetch(`${started.url}/readyz`)).ok ? true : undefined));
    return started;
  };
  let app = await start(options);
  return {
    proxy,
    ask: (message, chat) => listen(app, message, chat),
    timesHeard: async (text) => {
      const { body } = await stage.call("GET", `/v1/agents/${agent}/messages?order=asc&limit=1000`);
      const messages = body as readonly { readonly message_type: string }[];
      return messages.filter((one) => one.message_type === "user_message" && JSON.stringify(one).includes(text)).length;
    },
    log: () => logs.map((log) => log()).join(""),
    restart: async (other = () => options) => {
      await app.stop();
      app = await start(other(pace));
    },
    stop: async () => {
      await app.stop();
      await proxy.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
