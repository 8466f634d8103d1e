/** The composition root: configuration in, `{ fetch, start, stop }` out. What is opened first is closed last. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Config } from "./config/config.ts";
import { checkCanary, sealCanary } from "./crypto/canary.ts";
import { loadKeys } from "./crypto/keys.ts";
import { ensureSecretFile } from "./crypto/secret-file.ts";
import { generateToken, hashToken } from "./crypto/tokens.ts";
import { asFault, Fault } from "./errors.ts";
import { createHttpApp } from "./http/app.ts";
import { configuredTokenName, generatedTokenName, type Via } from "./http/auth.ts";
import { createInbox } from "./inbox/accept.ts";
import { type BotSpec, createBots } from "./inbox/bots.ts";
import { createJanitor } from "./store/janitor.ts";
import { createV1Upstream } from "./letta/v1.ts";
import type { Log } from "./log.ts";
import type { ConversationPolicy } from "./message.ts";
import { createAccountAccess } from "./people/access.ts";
import { createHouse } from "./people/house.ts";
import { createPipeline } from "./pipeline.ts";
import { ensureDataDir } from "./store/data-dir.ts";
import { acquireLock } from "./store/lock.ts";
import { readMeta } from "./store/meta.ts";
import { openStore } from "./store/store.ts";
import { listTokens } from "./store/tokens.ts";
import { createLive } from "./turn/live.ts";
import { join } from "node:path";

export type AppOptions = {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly pid: number;
  readonly bots?: readonly BotSpec[];
  readonly now?: () => number;
  readonly conversations?: ConversationPolicy;
  /** Shortens what takes patience, for tests. */
  readonly timing?: Partial<Timing>;
};

type Timing = {
  readonly searchMs: number;
  readonly stuckAfterRefusalMs: number;
  readonly stuckMs: number;
  readonly pollMs: number;
  readonly jsonWaitMs: number;
  readonly heartbeatMs: number;
  readonly approvalMs: number;
};

const defaultTiming: Timing = {
  searchMs: 15_000,
  stuckAfterRefusalMs: 60_000,
  stuckMs: 5 * 60_000,
  pollMs: 500,
  jsonWaitMs: 30_000,
  heartbeatMs: 15_000,
  approvalMs: 10 * 60_000,
};

/** How long a rejected account's messages are kept for its owner to mend the key, and how often we look. */
const pausedPatienceMs = 24 * 3_600_000;
const giveUpEveryMs = 10 * 60_000;

export type App = {
  fetch(request: Request, via: Via): Response | Promise<Response>;
  /** Takes over what the last process left and begins to work. */
  start(): Promise<void>;
  /** Drains, then closes everything. */
  stop(): Promise<void>;
  /** Files and facts that the start-up message names. */
  readonly adminTokenPath: string;
  readonly upstreamName: string;
  /** Resolves if nothing can be stored any more: only a new process can go on. */
  readonly broken: Promise<void>;
};

/** An id that nobody guesses: whoever knows it still needs the token. */
const newTurnId = (): string => `turn_${randomBytes(16).toString("hex")}`;

/** The demo agent inside the process, or the configured server. */
const openUpstream = async (config: Config) => {
  const { letta } = config;
  if (letta.baseUrl === undefined) {
    const { createSimulator } = await import("./simulator/simulator.ts");
    const simulator = createSimulator({ dataDir: config.dataDir });
    const fetchDemo = (input: Request | string | URL, init?: RequestInit): Promise<Response> =>
      simulator.fetch(input instanceof Request ? input : new Request(String(input), init));
    const upstream = createV1Upstream({ baseUrl: "http://demo.localhost", fetch: fetchDemo as typeof fetch });
    return { upstream, name: "demo", close: simulator.close };
  }
  const upstream = createV1Upstream({
    baseUrl: letta.baseUrl,
    ...(letta.apiKey === undefined ? {} : { apiKey: letta.apiKey.reveal() }),
    ...(letta.projectId === undefined ? {} : { projectId: letta.projectId }),
  });
  return { upstream, name: upstream.server, close: () => undefined };
};

/** Opens everything, or throws a `Fault` that says what the operator has to do. Nothing runs before `start`. */
export const createApp = async (options: AppOptions): Promise<App> => {
  const { config, log, now = Date.now } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const { dataDir } = config;

  ensureDataDir(dataDir);
  const lock = acquireLock(dataDir, options.pid);
  const closers: (() => void | Promise<void>)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next; next = closers.pop()) await next();
  };

  try {
    const keys = loadKeys({ configured: config.encryptionMasterKeys, dataDir });
    const store = await openStore({ dataDir });
    closers.push(() => store.close());
    const canary = readMeta(store.db, "canary");
    if (canary === undefined) await store.write.writeMeta({ key: "canary", value: sealCanary(keys.ring) });
    else checkCanary(keys.ring, canary);

    const adminTokenPath = join(dataDir, "admin.token");
    const adminToken = ensureSecretFile(adminTokenPath, generateToken).value.reveal();
    const admin = { scopes: ["admin"], at: now() };
    const { id: adminTokenId } = await store.write.ensureToken({
      ...admin,
      name: generatedTokenName,
      hash: hashToken(adminToken),
    });
    const configured = listTokens(store.db).find((token) => token.name === configuredTokenName);
    if (config.apiKey) {
      await store.write.ensureToken({ ...admin, name: configuredTokenName, hash: hashToken(config.apiKey.reveal()) });
    } else if (configured) {
      // Taken out of the configuration, it opens nothing any more.
      await store.write.revokeToken({ id: configured.id, at: now() });
    }

    const { upstream, name: upstreamName, close: closeUpstream } = await openUpstream(config);
    closers.push(closeUpstream);
    const { agentIds, agentNames, background } = config.letta;
    const embedded = config.upstream === "demo";
    const house = await createHouse({ store, upstream, agentIds, agentNames, log, now });

    const bots = await createBots({ store, specs: options.bots ?? [], log, now });
    const api = await store.write.ensureBot({ channel: "api", slug: "api", identity: "api", at: now() });

    const live = createLive();
    const pipeline = createPipeline({
      store,
      live,
      log,
      now,
      bots: bots.known,
      accountAccess: createAccountAccess({ account: house.account, upstream, background, embedded }),
      newOtid: randomUUID,
      share: config.limits.runningPerChat,
      limits: { ...timing, turnMs: config.limits.turnMs, patienceMs: config.limits.patienceMs },
    });
    const inbox = createInbox({
      store,
      house,
      pipeline,
      now,
      newTurnId,
      apiBot: api.id,
      newKey: randomUUID,
      conversations: options.conversations ?? "per-chat",
    });
    const janitor = createJanitor({ store, log, now, retentionDays: config.limits.retentionDays });

    let giveUp: Timer | undefined;
    let stopping: Fault | undefined;
    const closing = new AbortController();
    const http = createHttpApp({
      store,
      live,
      house,
      inbox,
      pipeline,
      bots,
      log,
      now,
      newTurnId,
      adminTokenId,
      upstreamName,
      version: options.version,
      stopping: () => stopping,
      closing: closing.signal,
      limits: { ...config.limits, jsonWaitMs: timing.jsonWaitMs, heartbeatMs: timing.heartbeatMs },
    });

    return {
      fetch: (request, via) => http.fetch(request, via),
      adminTokenPath,
      upstreamName,
      broken: store.broken,
      start: async () => {
        await pipeline.start();
        house.start(pipeline.pokeAll).catch((fault: unknown) => log.error("house.broken", { fault }));
        bots.start(inbox);
        janitor.start();
        giveUp = setInterval(() => {
          pipeline
            .giveUp(now() - pausedPatienceMs)
            .catch((error: unknown) => log.warn("account.give-up-failed", { fault: asFault(error) }));
        }, giveUpEveryMs);
      },
      stop: async () => {
        stopping = new Fault("stopping");
        janitor.stop();
        clearInterval(giveUp);
        house.stop();
        await Promise.all([bots.stop(), pipeline.stop(config.limits.drainMs)]);
        closing.abort();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};
