/** `GET /metrics`: what was counted since the start, and what waits now, as Prometheus reads it. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { type Gauge, writeGauge } from "../metrics/series.ts";
import { type Backlog, readBacklog } from "../store/backlog.ts";
import type { Caller } from "./auth.ts";
import type { Env, HttpDeps } from "./context.ts";
import { notReady } from "./health.ts";
import { refuse } from "./reply.ts";

type Deps = Pick<HttpDeps, "house" | "metrics" | "now" | "startedAt" | "stopping" | "store" | "version">;

const by = (label: string, counts: ReadonlyMap<string, number>): Gauge["samples"] =>
  [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }));

/** Seconds since something fell due; 0 where nothing is, or all of it is for later. */
const overdue = (dueAt: number | null, now: number): Gauge["samples"] => [
  { value: dueAt === null ? 0 : Math.max(0, now - dueAt) / 1_000 },
];

const backlogGauges = (backlog: Backlog, now: number): readonly Gauge[] => [
  { name: "lettabox_open_turns", help: "Turns that have not ended.", samples: by("state", backlog.turns) },
  {
    name: "lettabox_queue_age_seconds",
    help: "How long the queued turn has been due that has been due the longest.",
    samples: overdue(backlog.turnDueAt, now),
  },
  { name: "lettabox_unsent_parts", help: "Parts on their way to platforms.", samples: by("state", backlog.parts) },
  {
    name: "lettabox_outbox_age_seconds",
    help: "How long the part has been due that has been due the longest.",
    samples: overdue(backlog.partDueAt, now),
  },
  {
    name: "lettabox_dead_letters",
    help: "Turns and parts that gave up, and parts that may have arrived, until somebody retries or drops them.",
    samples: by("kind", backlog.deadLetters),
  },
];

const processGauges = (deps: Deps): readonly Gauge[] => [
  { name: "lettabox_ready", help: "1 if messages can be answered.", samples: [{ value: notReady(deps) ? 0 : 1 }] },
  { name: "lettabox_info", help: "What runs.", samples: [{ labels: { version: deps.version }, value: 1 }] },
  {
    name: "process_resident_memory_bytes",
    help: "Memory of the process.",
    samples: [{ value: process.memoryUsage.rss() }],
  },
  {
    name: "process_start_time_seconds",
    help: "When the process started, since 1970.",
    samples: [{ value: deps.startedAt / 1_000 }],
  },
];

const writeMetrics = async (deps: Deps): Promise<Response> => {
  const gauges = [...backlogGauges(await readBacklog(deps.store.db), deps.now()), ...processGauges(deps)];
  return new Response(deps.metrics.write() + gauges.map(writeGauge).join(""), {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
};

/** Behind a token. They are about all agents together, so one that is limited to some has no part in them. */
export const showMetrics = (deps: Deps) => (_: Context<Env>, caller: Caller) => {
  if (caller.agents === null) return writeMetrics(deps);
  throw new Fault("forbidden", { message: "This token is limited to some agents; metrics are about all of them." });
};

/**
 * The whole of the listener that the operator opens for metrics alone: whoever reaches it may read them, but for a web
 * page that calls it by a name of its own.
 */
export const serveMetrics =
  (deps: Deps & Pick<HttpDeps, "edges">) =>
  (request: Request): Response | Promise<Response> => {
    if (!deps.edges.knowsHost(request.headers.get("host") ?? undefined)) return refuse(new Fault("misdirected"));
    if (new URL(request.url).pathname !== "/metrics") return refuse(new Fault("not_found"));
    if (request.method === "GET" || request.method === "HEAD") return writeMetrics(deps);
    return refuse(new Fault("method_not_allowed"), { allow: "GET, HEAD" });
  };
