/** The Hono app: every route in one table, in reading order. */
import { Hono } from "hono";
import type { Context } from "hono";
import { asFault, Fault } from "../errors.ts";
import * as admin from "./admin-routes.ts";
import { chat, chatAsync } from "./chat.ts";
import type { FieldFault } from "./chat-request.ts";
import type { Env, HttpDeps } from "./context.ts";
import { health, ready } from "./health.ts";
import { refuse } from "./reply.ts";
import { cancelTurnRoute, followTurn, listTurnsRoute, showTurn } from "./turns.ts";
import { webhook } from "./webhooks.ts";

type Route = readonly [method: string, path: string, handler: (c: Context<Env>) => Response | Promise<Response>];

export const routes = (deps: HttpDeps): readonly Route[] => [
  ["GET", "/", health],
  ["GET", "/health", health],
  ["GET", "/livez", health],
  ["GET", "/readyz", ready(deps)],

  ["POST", "/webhooks/:bot", webhook(deps)],
  ["GET", "/webhooks/:bot", webhook(deps)],

  ["POST", "/api/v1/chat", chat(deps)],
  ["POST", "/api/v1/chat/async", chatAsync(deps)],
  ["GET", "/api/v1/turns", listTurnsRoute(deps)],
  ["GET", "/api/v1/turns/:id", showTurn(deps)],
  ["GET", "/api/v1/turns/:id/events", followTurn(deps)],
  ["POST", "/api/v1/turns/:id/cancel", cancelTurnRoute(deps)],

  ["GET", "/api/v1/tokens", admin.tokensRoute(deps)],
  ["POST", "/api/v1/tokens", admin.createTokenRoute(deps)],
  ["DELETE", "/api/v1/tokens/:id", admin.revokeTokenRoute(deps)],
  ["GET", "/api/v1/dead-letters", admin.deadLettersRoute(deps)],
  ["GET", "/api/v1/dead-letters/:id", admin.showDeadLetter(deps)],
  ["POST", "/api/v1/dead-letters/:id/retry", admin.retryDeadLetterRoute(deps)],
  ["DELETE", "/api/v1/dead-letters/:id", admin.dropDeadLetterRoute(deps)],
];

export const createHttpApp = (deps: HttpDeps): Hono<Env> => {
  const app = new Hono<Env>({ strict: false });
  const table = routes(deps);
  /** The same paths without handlers, to find out which methods a path knows. */
  const methods = new Hono({ strict: false });
  for (const [method, path, handler] of table) {
    app.on(method, path, handler);
    methods.on(method, path, () => new Response());
  }

  app.notFound((c) => {
    const known = [...new Set(table.map(([method]) => method))].filter(
      (method) => methods.router.match(method, c.req.path)[0].length > 0,
    );
    if (known.length === 0) return refuse(new Fault("not_found"));
    if (known.includes("GET")) known.push("HEAD");
    const allow = [...known, "OPTIONS"].join(", ");
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    const answer = refuse(new Fault("method_not_allowed"));
    answer.headers.set("allow", allow);
    return answer;
  });

  app.onError((error, c) => {
    const fault = asFault(error);
    if (fault.code === "internal") deps.log.error("http.broken", { method: c.req.method, fault });
    return refuse(fault, (error as FieldFault).field);
  });
  return app;
};
