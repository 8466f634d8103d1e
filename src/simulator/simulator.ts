import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { createModelLog } from "./agent/model-log.ts";
import { agentRoutes } from "./routes/agents.ts";
import { blockRoutes } from "./routes/blocks.ts";
import { agentBlockRoutes } from "./routes/agent-blocks.ts";
import { agentToolRoutes } from "./routes/agent-tools.ts";
import { cancelRoutes } from "./routes/cancel.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { demoRoutes } from "./routes/demo.ts";
import { healthRoutes, passwordGate } from "./routes/health.ts";
import { messageListings } from "./routes/list-messages.ts";
import { modelRoutes } from "./routes/model.ts";
import { modelListings } from "./routes/models.ts";
import { messagePosts } from "./routes/post-message.ts";
import { resumeRoutes } from "./routes/resume.ts";
import { runRoutes } from "./routes/runs.ts";
import { addAgent } from "./run/add-agent.ts";
import { toolRoutes } from "./routes/tools.ts";
import { agentFileRoutes } from "./routes/agent-files.ts";
import { archiveRoutes } from "./routes/archives.ts";
import { compactionRoutes } from "./routes/compaction.ts";
import { folderRoutes } from "./routes/folders.ts";
import { identityRoutes } from "./routes/identities.ts";
import { mcpServerRoutes } from "./routes/mcp-servers.ts";
import { searchRoutes } from "./routes/search.ts";
import { createLive } from "./run/live.ts";
import type { Simulation } from "./simulation.ts";
import { openStore } from "./store/open.ts";
import { baseTools } from "./wire/base-tools.ts";
import { notFound } from "./wire/refusals.ts";

/**
 * A server that speaks Letta's V1 REST API as self-hosted 0.16 does, its quirks included, with a scripted agent in the
 * place of a model. It is the upstream of an installation that has none yet, and the double of the tests.
 */

export type SimulatorOptions = {
  /** Holds `demo.sqlite`; null keeps everything in memory. */
  readonly dataDir: string | null;
  readonly now?: () => number;
  /** Wanted on every route but health, as a bearer token. */
  readonly password?: string;
  /** Conversation locks, background runs and resuming; on unless false. */
  readonly redis?: boolean;
  /** Silence in a stream after which a ping is sent. */
  readonly pingMs?: number;
  /** The pause between the words of `demo slow`. */
  readonly wordMs?: number;
  /** How much of the scripted model's pauses is kept; 1 unless set. */
  readonly paceFactor?: number;
  /**
   * The real server with Redis never releases the lock of a default conversation whose run is cancelled in the
   * foreground: every post there is refused until five minutes after that run's start. True does the same; off unless set.
   */
  readonly stuckLocks?: boolean;
};

export type Simulator = {
  /**
   * Answers one request. When the request's signal fires the client is gone: its stream ends, and runs go on. Rejects
   * only if the signal had fired before or fires before there is a response.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Stops as a kill would: nothing more is written, streams are cut off, and runs at work stay `running` for ever. */
  readonly close: () => void;
};

/** Routes of one resource each; a new resource is one file and one line. */
const routes = [
  // Before the agents themselves: `import` is no agent.
  agentFileRoutes,
  agentRoutes,
  conversationRoutes,
  messagePosts,
  messageListings,
  runRoutes,
  resumeRoutes,
  cancelRoutes,
  blockRoutes,
  agentBlockRoutes,
  toolRoutes,
  agentToolRoutes,
  modelListings,
  compactionRoutes,
  folderRoutes,
  archiveRoutes,
  identityRoutes,
  mcpServerRoutes,
  searchRoutes,
  demoRoutes,
  modelRoutes,
] as const;

const slashless =
  /^\/v1\/(health|ready|agents|conversations|runs|blocks|tools|models|folders|archives|identities|mcp-servers)$/;

const createApp = (simulation: Simulation, password: string | undefined): Hono => {
  const app = new Hono();
  if (password !== undefined) app.use(passwordGate(password));
  app.route("/", healthRoutes());
  for (const route of routes) app.route("/", route(simulation));
  app.notFound((c) => {
    if (!slashless.test(c.req.path)) return notFound();
    const url = new URL(c.req.url);
    url.pathname += "/";
    return c.redirect(url.href, 307);
  });
  app.onError((error) =>
    error instanceof HTTPException
      ? error.getResponse()
      : Response.json({ detail: "An unknown error occurred" }, { status: 500 }),
  );
  return app;
};

/** The response, unless the caller goes first. Whatever the request began goes on either way. */
const unlessGone = async (abort: AbortSignal, answering: Promise<Response>): Promise<Response> => {
  const gone = Promise.withResolvers<never>();
  const leave = (): void => gone.reject(abort.reason);
  abort.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([answering, gone.promise]);
  } finally {
    abort.removeEventListener("abort", leave);
  }
};

export const createSimulator = (options: SimulatorOptions): Simulator => {
  const now = options.now ?? Date.now;
  const store = openStore(options.dataDir);
  const live = createLive(now);
  const simulation: Simulation = {
    store,
    live,
    model: createModelLog(),
    now,
    redis: options.redis ?? true,
    pingMs: options.pingMs ?? 20_000,
    wordMs: options.wordMs ?? 200,
    paceFactor: options.paceFactor ?? 1,
    stuckLocks: options.stuckLocks ?? false,
  };
  if (store.resources.list("tool").length === 0) {
    store.commit(() => baseTools().forEach((tool) => store.resources.insert("tool", tool)));
  }
  if (store.agents.count() === 0) addAgent(simulation, { name: "Demo", tags: [], fields: {} });
  const app = createApp(simulation, options.password);

  return {
    fetch: async (request) => {
      request.signal.throwIfAborted();
      return unlessGone(request.signal, Promise.resolve(app.fetch(request)));
    },
    close: () => {
      live.kill();
      store.close();
    },
  };
};
