/** The usual set-up of a story: a Letta server (the demo, on a port of its own), a chat platform, and a lettabox between them. */
import { rmSync } from "node:fs";
import { createOpenFile } from "../../src/files/outgoing.ts";
import { serveSimulator } from "../../src/simulator/serve.ts";
import { startApp, type TestApp, tempDir, type TestOptions } from "./app.ts";
import { createStubChannel, type StubOptions, type StubUpdate } from "./stub/channel.ts";
import { type Message, type StubPlatform, startStubPlatform } from "./stub/platform.ts";

export type Remembered = { readonly role: string; readonly text: string; readonly conversation_id: string | null };

export type Box = {
  readonly platform: StubPlatform;
  readonly letta: string;
  readonly dataDir: string;
  /** The lettabox that runs now. */
  readonly app: () => TestApp;
  /** Stops it and starts another one on the same data. */
  restart(options?: TestOptions & { readonly alreadyStopped?: boolean }): Promise<void>;
  /** Delivers a platform event by webhook. */
  deliver(update: StubUpdate, secret?: string): Promise<Response>;
  /** What people wrote, as the Letta server remembers it. */
  heard(): Promise<readonly string[]>;
  /** Waits until the condition holds, looking again whenever something may have changed. */
  until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T>;
  /** Messages that stand in a chat and are no previews. */
  standing(chat: string): readonly Message[];
  stop(): Promise<void>;
};

export const stubSecret = "open sesame";

/** Longest a story may take before it is called stuck; shorter where it is known that it will be. */
const stuckMs = Number(Bun.env["LETTABOX_TEST_STUCK_MS"] ?? 20_000);

export const until = async <T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + stuckMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error("it did not come to pass");
    await Bun.sleep(5);
  }
};

export const startBox = async (
  options: TestOptions & { readonly stub?: Partial<StubOptions>; readonly lettaUrl?: (demo: string) => string } = {},
): Promise<Box> => {
  const { stub = {}, lettaUrl = (url) => url, ...rest } = options;
  const platform = startStubPlatform();
  const demoDir = tempDir();
  const dataDir = tempDir();
  const demo = serveSimulator({ port: 0, hostname: "127.0.0.1", dataDir: demoDir });
  const start = (more: TestOptions = {}): Promise<TestApp> =>
    startApp({
      ...rest,
      ...more,
      dataDir,
      env: { LETTA_BASE_URL: lettaUrl(demo.url), ...rest.env, ...more.env },
      bots: [
        {
          slug: "stub",
          channelName: "stub",
          channel: createStubChannel({
            root: platform.url,
            secret: stubSecret,
            openFile: createOpenFile(dataDir),
            ...stub,
          }),
        },
      ],
    });
  let app = await start();
  return {
    platform,
    letta: demo.url,
    dataDir,
    app: () => app,
    restart: async ({ alreadyStopped = false, ...more } = {}) => {
      if (!alreadyStopped) await app.stop();
      app = await start(more);
    },
    deliver: (update, secret = stubSecret) =>
      fetch(`${app.url}/webhooks/stub`, {
        method: "POST",
        headers: { "x-stub-secret": secret },
        body: JSON.stringify(update),
      }),
    heard: async () => {
      const response = await fetch(`${demo.url}/demo/history`);
      const messages = (await response.json()) as readonly Remembered[];
      // The envelope stands in front of the words.
      const envelope = /^<lettabox[^>]*(?:\/>|>[^]*?<\/lettabox>)\n/;
      return messages.filter((one) => one.role === "user").map((one) => one.text.replace(envelope, ""));
    },
    until,
    standing: (chat) => platform.messages().filter((one) => one.chat === chat && !one.preview),
    stop: async () => {
      await app.stop();
      await demo.stop();
      await platform.stop();
      for (const dir of [dataDir, demoDir]) rmSync(dir, { recursive: true, force: true });
    },
  };
};
