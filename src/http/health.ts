/** Whether the process lives, and whether it can do its work. */
import type { HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

/** LettaBot's answer: it says that the process answers, nothing else. */
export const health = (): Response => new Response("ok", { headers: { "content-type": "text/plain" } });

type Problem = { readonly what: "server" | "upstream"; readonly error: string };

/** What keeps messages from being accepted or answered; undefined when nothing does. */
export const notReady = (deps: Pick<HttpDeps, "house" | "stopping">): Problem | undefined => {
  const stopping = deps.stopping();
  if (stopping) return { what: "server", error: stopping.message };
  const problem = deps.house.problem();
  return problem && { what: "upstream", error: problem.message };
};

/** 200 when messages can be accepted and answered, else 503 with what is missing. */
export const ready = (deps: HttpDeps) => () => {
  const { upstreamName: upstream, version, instance } = deps;
  const problem = notReady(deps);
  const body = { ready: problem === undefined, upstream, version, instance, missing: problem ? [problem] : [] };
  return ok(body, problem ? 503 : 200);
};
