/** A whole lettabox in this process, on a port the system chose and a data directory of its own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BotAccess, defaultAccess } from "../../src/access/rules.ts";
import { type App, type AppOptions, createApp } from "../../src/app.ts";
import { type Config, loadConfig } from "../../src/config/config.ts";
import { listen } from "../../src/http/listen.ts";
import { createLog } from "../../src/log.ts";
import { expectDescribed } from "./described.ts";

export type TestApp = {
  readonly app: App;
  readonly url: string;
  readonly dataDir: string;
  readonly token: string;
  /** Everything that was logged. */
  readonly log: () => string;
  /** Asks the API with the admin token. Throws when the answer is not as `/openapi.json` says. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** `POST /api/v1/chat`. */
  chat(body: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Response>;
  stop(): Promise<void>;
};

export type TestOptions = Pick<AppOptions, "bots" | "timing" | "lettaLimits" | "now"> & {
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly people?: Partial<Config["people"]>;
  readonly limits?: Partial<Config["limits"]>;
  readonly completions?: Partial<Config["completions"]>;
  /** What is known of the world around it. */
  readonly edges?: Partial<Pick<Config, "publicUrl" | "hosts" | "trustedProxies" | "corsOrigins">>;
  readonly conversations?: Config["conversations"];
  /** Policies of bots, by slug. */
  readonly conversationsOf?: Readonly<Record<string, Config["conversations"]>>;
  /** How its `bots` meet people. Unless a test is about that, everybody may talk, and all with the same agent. */
  readonly access?: Partial<BotAccess>;
  /** How long a stop waits for what runs. */
  readonly drainMs?: number;
};

export const tempDir = (): string => mkdtempSync(join(tmpdir(), "lettabox-test-"));

/** Patience as tests have it. */
const timing = {
  searchMs: 300,
  stuckAfterRefusalMs: 500,
  stuckMs: 2_000,
  pollMs: 25,
  jsonWaitMs: 1_000,
  lookMs: 20_000,
};

export const startApp = async (options: TestOptions = {}): Promise<TestApp> => {
  const dataDir = options.dataDir ?? tempDir();
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", sink: (line) => lines.push(line) });
  const loaded = await loadConfig({
    flags: {},
    env: { DATA_DIR: dataDir, PORT: "0", ...options.env },
    cwd: dataDir,
  });
  const { drainMs = loaded.limits.drainMs, conversations = loaded.conversations } = options;
  const given = options.bots ?? [];
  const access = { ...defaultAccess, access: "open", shareAgent: true, ...options.access } as const;
  const made = given.map(({ slug, channelName }) => {
    const policy = options.conversationsOf?.[slug];
    return { slug, channel: channelName, keys: {}, access, ...(policy === undefined ? {} : { conversations: policy }) };
  });
  // What the environment and the configuration file of the test say, when it brings no bots.
  const bots = options.bots === undefined ? loaded.bots : made;
  const config = {
    ...loaded,
    ...options.edges,
    limits: { ...loaded.limits, ...options.limits, drainMs },
    people: { ...loaded.people, ...options.people },
    completions: { ...loaded.completions, ...options.completions },
    conversations,
    bots,
  };
  const app = await createApp({
    config,
    log,
    version: options.version ?? "0.0.0-test",
    pid: process.pid,
    timing: { ...timing, ...options.timing },
    ...(options.bots === undefined ? {} : { bots: options.bots }),
    ...(options.lettaLimits === undefined ? {} : { lettaLimits: options.lettaLimits }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  const { host, port } = config;
  const listening = listen((request, via) => app.fetch(request, via), { host, port, dataDir });
  await app.start();
  const token = readFileSync(app.adminTokenPath, "utf8").trim();
  const call: TestApp["call"] = async (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization") && !headers.has("x-api-key")) headers.set("authorization", `Bearer ${token}`);
    const response = await fetch(`${listening.url}${path}`, { ...init, headers });
    await expectDescribed(path, init.method ?? "GET", response);
    return response;
  };
  return {
    app,
    url: listening.url,
    dataDir,
    token,
    log: () => lines.join(""),
    call,
    chat: (body, headers = {}) =>
      call("/api/v1/chat", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    stop: async () => {
      await app.stop();
      await listening.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
