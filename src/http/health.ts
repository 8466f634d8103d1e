/** Whether the process lives, and whether it can do its work. */
import type { HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

/** LettaBot's answer: it says that the process answers, nothing else. */
export const health = (): Response => new Response("ok", { headers: { "content-type": "text/plain" } });

/** 200 when messages can be accepted and answered, else 503 with what is missing. */
export const ready = (deps: HttpDeps) => () => {
  const stopping = deps.stopping();
  const problem = stopping ?? deps.house.problem();
  const missing = problem === undefined ? [] : [{ what: stopping ? "server" : "upstream", error: problem.message }];
  const body = { ready: problem === undefined, upstream: deps.upstreamName, version: deps.version, missing };
  return ok(body, problem === undefined ? 200 : 503);
};
