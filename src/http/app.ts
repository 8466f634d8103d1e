/** The Hono app: every route in one table, in reading order. */
import { Hono } from "hono";
import type { Context } from "hono";
import { asFault, Fault } from "../errors.ts";
import * as admin from "./admin-routes.ts";
import { chat, chatAsync } from "./chat.ts";
import type { Env, HttpDeps } from "./context.ts";
import { decideApproval } from "./approval.ts";
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
  ["POST", "/api/v1/turns/:id/approval", decideApproval(deps)],

  ["GET", "/api/v1/tokens", admin.tokensRoute(deps)],
  ["POST", "/api/v1/tokens", admin.createTokenRoute(deps)],
  ["DELETE", "/api/v1/tokens/:id", admin.revokeTokenRoute(deps)],
  ["GET", "/api/v1/dead-letters", admin.deadLettersRoute(deps)],
  ["GET", "/api/v1/dead-letters/:id", admin.showDeadLetter(deps)],
  ["POST", "/api/v1/dead-letters/:id/retry", admin.retryDeadLetterRoute(deps)],
  ["DELETE", "/api/v1/dead-letters/:id", admin.dropDeadLetterRoute(deps)],
];

/** What the OPTIONS of a path and a refused method say; null for a path that no method knows. */
const allowedMethods = (table: readonly Route[]): ((path: string) => string | null) => {
  /** The same paths without handlers. */
  const paths = new Hono({ strict: false });
  for (const [method, path] of table) paths.on(method, path, () => new Response());
  const methods = [...new Set(table.map(([method]) => method))];
  return (path) => {
    const bare = path.replace(/\/+$/, "") || "/";
    const known = methods.filter((method) => paths.router.match(method, bare)[0].length > 0);
    if (known.length === 0) return null;
    return [...known, ...(known.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
  };
};

export const createHttpApp = (deps: HttpDeps): Hono<Env> => {
  const app = new Hono<Env>({ strict: false });
  const table = routes(deps);
  for (const [method, path, handler] of table) app.on(method, path, handler);
  const allowed = allowedMethods(table);

  app.notFound((c) => {
    const allow = allowed(c.req.path);
    if (allow === null) return refuse(new Fault("not_found"));
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    return refuse(new Fault("method_not_allowed"), { allow });
  });

  app.onError((error, c) => {
    // What fails once everything is being closed fails because of that.
    const fault = deps.closing.aborted ? new Fault("stopping", { cause: error }) : asFault(error);
    if (fault.code === "internal") deps.log.error("http.broken", { method: c.req.method, fault });
    return refuse(fault);
  });
  return app;
};
