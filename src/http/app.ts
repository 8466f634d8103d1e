/** The Hono app: every route in one table, in reading order. */
import { Hono } from "hono";
import type { Context } from "hono";
import { asFault, Fault } from "../errors.ts";
import type { Scope } from "../store/tokens.ts";
import { admit, type Caller } from "./auth.ts";
import { chat, chatAsync } from "./chat.ts";
import { listChatsRoute } from "./chats.ts";
import { bindConversation, listConversations } from "./conversations.ts";
import type { Env, HttpDeps } from "./context.ts";
import { decideApproval } from "./approval.ts";
import * as deadLetters from "./dead-letters.ts";
import { entrance } from "./entrance.ts";
import { groupsRoute, setGroupRoute } from "./groups.ts";
import { health, ready } from "./health.ts";
import { setLogLevel, showLogLevel } from "./log-level.ts";
import { sendMessage, showMessage } from "./messages.ts";
import { showMetrics } from "./metrics.ts";
import { completions } from "./openai/completions.ts";
import { listModels, showModel } from "./openai/models.ts";
import { refuseCompletion } from "./openai/refusal.ts";
import { showDocs, showOpenapi } from "./openapi/routes.ts";
import * as pairing from "./pairing.ts";
import { auditRoute, peopleRoute } from "./people.ts";
import { refuse } from "./reply.ts";
import { showStatus } from "./status.ts";
import * as tokens from "./tokens.ts";
import { cancelTurnRoute, followTurn, listTurnsRoute, showTurn } from "./turns.ts";
import { webhook } from "./webhooks.ts";

type Answer = Response | Promise<Response>;
/** `who` may: anyone, the platform that proves itself to its channel, or a token with one of these scopes. */
export type Route =
  | readonly [method: string, path: string, who: "anyone" | "platform", handler: (c: Context<Env>) => Answer]
  | readonly [
      method: string,
      path: string,
      who: readonly Scope[],
      handler: (c: Context<Env>, caller: Caller) => Answer,
    ];

export const routes = (deps: HttpDeps): readonly Route[] => [
  ["GET", "/", "anyone", health],
  ["GET", "/health", "anyone", health],
  ["GET", "/livez", "anyone", health],
  ["GET", "/readyz", "anyone", ready(deps)],
  ["GET", "/metrics", ["read"], showMetrics(deps)],
  ["GET", "/openapi.json", "anyone", showOpenapi(deps, () => routes(deps))],
  ["GET", "/docs", "anyone", showDocs(deps, () => routes(deps))],

  ["POST", "/webhooks/:bot", "platform", webhook(deps)],
  ["GET", "/webhooks/:bot", "platform", webhook(deps)],

  ["POST", "/api/v1/chat", ["chat"], chat(deps)],
  ["POST", "/api/v1/chat/async", ["chat"], chatAsync(deps)],
  ["GET", "/api/v1/turns", ["chat", "read"], listTurnsRoute(deps)],
  ["GET", "/api/v1/turns/:id", ["chat", "read"], showTurn(deps)],
  ["GET", "/api/v1/turns/:id/events", ["chat", "read"], followTurn(deps)],
  ["POST", "/api/v1/turns/:id/cancel", ["chat"], cancelTurnRoute(deps)],
  ["POST", "/api/v1/turns/:id/approval", ["admin"], decideApproval(deps)],

  ["POST", "/v1/chat/completions", ["chat"], completions(deps)],
  ["GET", "/v1/models", ["chat", "read"], listModels(deps)],
  ["GET", "/v1/models/:model", ["chat", "read"], showModel(deps)],

  ["POST", "/api/v1/messages", ["send"], sendMessage(deps)],
  ["GET", "/api/v1/messages/:id", ["send"], showMessage(deps)],
  ["GET", "/api/v1/chats", ["read"], listChatsRoute(deps)],
  ["GET", "/api/v1/conversations", ["read"], listConversations(deps)],
  ["POST", "/api/v1/conversation", ["admin"], bindConversation(deps)],
  ["GET", "/api/v1/status", ["read"], showStatus(deps)],

  ["GET", "/api/v1/pairing", ["admin"], pairing.allPairingRoute(deps)],
  ["GET", "/api/v1/pairing/:channel", ["admin"], pairing.pairingRoute(deps)],
  ["POST", "/api/v1/pairing/:channel/approve", ["admin"], pairing.decideRoute(deps, true)],
  ["POST", "/api/v1/pairing/:channel/deny", ["admin"], pairing.decideRoute(deps, false)],
  ["POST", "/api/v1/pairing/:channel/revoke", ["admin"], pairing.revokeRoute(deps)],
  ["POST", "/api/v1/pairing/:channel/block", ["admin"], pairing.blockRoute(deps)],
  ["POST", "/api/v1/claims", ["admin"], pairing.claimRoute(deps)],
  ["GET", "/api/v1/people", ["admin"], peopleRoute(deps)],
  ["GET", "/api/v1/groups", ["admin"], groupsRoute(deps)],
  ["PATCH", "/api/v1/groups/:id", ["admin"], setGroupRoute(deps)],
  ["GET", "/api/v1/audit", ["admin"], auditRoute(deps)],

  ["GET", "/api/v1/tokens", ["admin"], tokens.tokensRoute(deps)],
  ["POST", "/api/v1/tokens", ["admin"], tokens.createTokenRoute(deps)],
  ["DELETE", "/api/v1/tokens/:id", ["admin"], tokens.revokeTokenRoute(deps)],
  ["GET", "/api/v1/dead-letters", ["admin"], deadLetters.deadLettersRoute(deps)],
  ["GET", "/api/v1/dead-letters/:id", ["admin"], deadLetters.showDeadLetter(deps)],
  ["POST", "/api/v1/dead-letters/:id/retry", ["admin"], deadLetters.retryDeadLetterRoute(deps)],
  ["DELETE", "/api/v1/dead-letters/:id", ["admin"], deadLetters.dropDeadLetterRoute(deps)],
  ["GET", "/api/v1/log-level", ["admin"], showLogLevel(deps)],
  ["PUT", "/api/v1/log-level", ["admin"], setLogLevel(deps)],
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

/** Errors have the shape of the API that they are met in. */
const refuseAt = (path: string): typeof refuse => (path.startsWith("/v1/") ? refuseCompletion : refuse);

/** A route behind its door: nothing of it runs before it is known who asks, and that they may. */
const guard = (deps: HttpDeps, [, , who, handler]: Route): ((c: Context<Env>) => Answer) =>
  typeof who === "string" ? (handler as (c: Context<Env>) => Answer) : (c) => handler(c, admit(deps, c, who));

export const createHttpApp = (deps: HttpDeps): Hono<Env> => {
  const app = new Hono<Env>({ strict: false });
  const table = routes(deps);
  app.use(entrance(deps.edges, (path, fault) => refuseAt(path)(fault)));
  for (const route of table) app.on(route[0], route[1], guard(deps, route));
  const allowed = allowedMethods(table);

  app.notFound((c) => {
    const allow = allowed(c.req.path);
    if (allow === null) return refuseAt(c.req.path)(new Fault("not_found"));
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    return refuseAt(c.req.path)(new Fault("method_not_allowed"), { allow });
  });

  app.onError((error, c) => {
    // What fails once everything is being closed fails because of that.
    const fault = deps.closing.aborted ? new Fault("stopping", { cause: error }) : asFault(error);
    if (fault.code === "internal") deps.log.error("http.broken", { method: c.req.method, fault });
    return refuseAt(c.req.path)(fault);
  });
  return app;
};
