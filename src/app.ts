/** The composition root: configuration in, `{ fetch, start, stop }` out. What is opened first is closed last. */
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Claim, newClaim, unclaimed } from "./access/claims.ts";
import { defaultAccess } from "./access/rules.ts";
import { openBots } from "./bots.ts";
import { commands } from "./commands/registry.ts";
import type { Config } from "./config/config.ts";
import { checkCanary, sealCanary } from "./crypto/canary.ts";
import { deriveSecret } from "./crypto/derive.ts";
import { loadKeys } from "./crypto/keys.ts";
import { ensureSecretFile } from "./crypto/secret-file.ts";
import { generateToken, hashToken } from "./crypto/tokens.ts";
import { asFault, Fault } from "./errors.ts";
import { createFileKeeper } from "./files/keeper.ts";
import { createHttpApp } from "./http/app.ts";
import { configuredTokenName, generatedTokenName } from "./http/auth.ts";
import { createEdges } from "./http/edges.ts";
import { serveMetrics } from "./http/metrics.ts";
import { createQuotas } from "./http/quotas.ts";
import type { Via } from "./http/via.ts";
import { createInbox } from "./inbox/accept.ts";
import { createAddressees } from "./inbox/addressee.ts";
import { type BotSpec, createBots } from "./inbox/bots.ts";
import { createJanitor } from "./store/janitor.ts";
import type { Limits } from "./letta/limits.ts";
import { observeUpstream } from "./letta/observe.ts";
import type { RootLog } from "./log.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { createAccountAccess } from "./people/access.ts";
import { createHouse } from "./people/house.ts";
import { createPersonas } from "./people/personas.ts";
import { within } from "./pause.ts";
import { createPipeline } from "./pipeline.ts";
import { ensureDataDir } from "./store/data-dir.ts";
import { acquireLock } from "./store/lock.ts";
import { readMeta } from "./store/meta.ts";
import { openStore } from "./store/store.ts";
import { listTokens } from "./store/tokens.ts";
import { createLive } from "./turn/live.ts";
import { defaultTiming, type Timing } from "./timing.ts";
import { openUpstream } from "./upstream.ts";

export type AppOptions = {
  readonly config: Config;
  readonly log: RootLog;
  readonly version: string;
  readonly pid: number;
  /** Bots whose channel is made already, for tests: they take the place of configured ones of the same slug. */
  readonly bots?: readonly BotSpec[];
  readonly now?: () => number;
  /** Shortens what takes patience, for tests. */
  readonly timing?: Partial<Timing>;
  /** What a Letta server may cost, for tests. */
  readonly lettaLimits?: Partial<Limits>;
};

/** At a stop, readers of what is committed have this long to read it. */
const lastWordsMs = 2_000;

export type App = {
  fetch(request: Request, via: Via): Response | Promise<Response>;
  /** Answers `/metrics` alone, to anybody: for a listener that the operator opens for it. */
  serveMetrics(request: Request): Response | Promise<Response>;
  /** Takes over what the last process left and begins to work. */
  start(): Promise<void>;
  /** Drains, then closes everything. */
  stop(): Promise<void>;
  /** New claim codes of the bots that have no operator yet. They are printed and never logged. */
  claims(): Promise<readonly Claim[]>;
  /** Bots whose platform has never said who they are: nobody can claim them yet. */
  unknownBots(): readonly string[];
  /** Files and facts that the start-up message names. */
  readonly adminTokenPath: string;
  readonly upstreamName: string;
  /** Resolves if nothing can be stored any more: only a new process can go on. */
  readonly broken: Promise<void>;
};

/** An id that nobody guesses: whoever knows it still needs the token. */
const newTurnId = (): string => `turn_${randomBytes(16).toString("hex")}`;

/** Opens everything, or throws a `Fault` that says what the operator has to do. Nothing runs before `start`. */
export const createApp = async (options: AppOptions): Promise<App> => {
  const { config, log, now = Date.now } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const { dataDir } = config;
  const startedAt = now();
  const metrics = createMetrics(["api", ...new Set([...config.bots, ...(options.bots ?? [])].map(({ slug }) => slug))]);

  ensureDataDir(dataDir);
  const lock = acquireLock(dataDir, options.pid);
  const closers: (() => void | Promise<void>)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (let next = closers.pop(); next; next = closers.pop()) await next();
  };
  /** Closes it in its turn, even if it is not open yet by then; what failed to open needs no closing. */
  const closeLater = <T extends { close(): void | Promise<void> }>(opening: Promise<T>): Promise<T> => {
    closers.push(() =>
      opening.then(
        (opened) => opened.close(),
        () => undefined,
      ),
    );
    return opening;
  };

  try {
    const keys = loadKeys({ configured: config.encryptionMasterKeys, dataDir });
    // Both at once: the writer starts in a thread of its own, and the demo agent takes as long to load.
    const [store, { upstream: server, name: upstreamName }] = await Promise.all([
      closeLater(openStore({ dataDir })),
      closeLater(openUpstream(config, options.lettaLimits)),
    ]);
    const given = options.bots ?? [];
    const others = config.bots.filter((bot) => !given.some(({ slug }) => slug === bot.slug));
    const secretFor = (slug: string, name: string) => deriveSecret(keys.ring, `bots/${slug}/${name}`);
    const opened = await openBots({ config: { ...config, bots: others }, secretFor, commands, log, now });
    const specs = [...opened, ...given];
    let agentMissing: (() => void) | undefined;
    const upstream = observeUpstream(
      server,
      (call, ms, code) => {
        metrics.asked(call, ms, code);
        // Whoever names no agent is to come to one that exists.
        if (code === "letta_agent_missing") agentMissing?.();
      },
      now,
    );
    const canary = readMeta(store.db, "canary");
    if (canary === undefined) await store.write.writeMeta({ key: "canary", value: sealCanary(keys.ring) });
    else checkCanary(keys.ring, canary);

    const adminTokenPath = join(dataDir, "admin.token");
    const adminToken = ensureSecretFile(adminTokenPath, generateToken).value.reveal();
    const admin = { scopes: ["admin"], at: now() } as const;
    const ensureAdmin = (name: string, token: string) =>
      store.write.ensureToken({ ...admin, name, hash: hashToken(token) });
    /** Taken out of the configuration, a token opens nothing any more. */
    const revokeConfigured = async (): Promise<void> => {
      const configured = listTokens(store.db).find((token) => token.name === configuredTokenName);
      if (configured) await store.write.revokeToken({ id: configured.id, at: now() });
    };

    const { agentIds, agentNames, background } = config.letta;
    const embedded = config.upstream === "demo";
    // Together, so that what they write is one batch.
    const [{ id: adminTokenId }, house, bots, api] = await Promise.all([
      ensureAdmin(generatedTokenName, adminToken),
      createHouse({ store, upstream, agentIds, agentNames, log, now }),
      createBots({ store, specs, log, now }),
      store.write.ensureBot({ channel: "api", slug: "api", identity: "api", at: now() }),
      config.apiKey ? ensureAdmin(configuredTokenName, config.apiKey.reveal()) : revokeConfigured(),
    ]);

    agentMissing = () => void house.refresh();
    const accountAccess = createAccountAccess({ account: house.account, upstream, background, embedded });
    const personas = createPersonas({ store, log, now, accountAccess, ...timing, settings: config.people });

    const access = (slug: string) => config.bots.find((bot) => bot.slug === slug)?.access ?? defaultAccess;
    const conversations = (slug: string) =>
      config.bots.find((bot) => bot.slug === slug)?.conversations ?? config.conversations;
    const addressees = createAddressees({ house, conversations, access });
    const [files, live] = [createFileKeeper(dataDir), createLive()];
    const pipeline = createPipeline({
      store,
      live,
      log,
      metrics,
      now,
      bots: bots.known,
      commands,
      accountAccess,
      personas,
      house,
      access,
      findAddressee: ({ slug }) => addressees.find(slug),
      newOtid: randomUUID,
      keepFile: files.keep,
      share: config.limits.runningPerChat,
      limits: { ...timing, turnMs: config.limits.turnMs, patienceMs: config.limits.patienceMs },
    });
    const inbox = createInbox({
      store,
      house,
      pipeline,
      metrics,
      log,
      now,
      newTurnId,
      apiBot: api.id,
      newKey: randomUUID,
      access,
      addressees,
      commands,
    });
    const janitor = createJanitor({ store, log, now, retentionDays: config.limits.retentionDays, files });

    let giveUp: Timer | undefined;
    let stopping: Fault | undefined;
    const closing = new AbortController();
    const deps = {
      store,
      live,
      house,
      inbox,
      pipeline,
      bots,
      files,
      access,
      log,
      metrics,
      now,
      newTurnId,
      adminTokenId,
      upstreamName,
      version: options.version,
      instance: randomUUID(),
      startedAt,
      stopping: () => stopping,
      closing: closing.signal,
      edges: createEdges(config),
      quotas: createQuotas(),
      completions: config.completions,
      limits: { ...config.limits, jsonWaitMs: timing.jsonWaitMs, heartbeatMs: timing.heartbeatMs },
    };
    const http = createHttpApp(deps);

    return {
      fetch: (request, via) => http.fetch(request, via),
      serveMetrics: serveMetrics(deps),
      adminTokenPath,
      upstreamName,
      broken: store.broken,
      unknownBots: bots.unknown,
      claims: () => {
        const waiting = unclaimed(store, bots.known.values());
        for (const { slug } of waiting) log.warn("bot.unclaimed", { bot: slug });
        return Promise.all(waiting.map((bot) => newClaim({ store, now }, bot)));
      },
      start: async () => {
        await pipeline.start();
        house.start(pipeline.pokeAll).catch((fault: unknown) => log.error("house.broken", { fault }));
        bots.start(inbox);
        janitor.start();
        personas.start();
        giveUp = setInterval(() => {
          pipeline
            .giveUp(now() - timing.pausedMs)
            .catch((error: unknown) => log.warn("account.give-up-failed", { fault: asFault(error) }));
        }, timing.giveUpEveryMs);
      },
      stop: async () => {
        stopping = new Fault("stopping");
        janitor.stop();
        clearInterval(giveUp);
        house.stop();
        await Promise.all([bots.stop(), pipeline.stop(config.limits.drainMs)]);
        await personas.stop();
        closing.abort();
        // Who reads a turn that has ended gets its end; who does not read is not waited for.
        await within(lastWordsMs, live.quiet());
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};
