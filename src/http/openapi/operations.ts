/** What each route is for, what it takes and what it answers. Who may use it stands in the route table. */
import type { FaultCode } from "../../errors.ts";
import * as answers from "./answers.ts";
import { type Operation, page, storage } from "./operation.ts";
import { accessOperations } from "./operations-access.ts";
import * as requests from "./requests.ts";

const text = "text/plain";
const stream = "text/event-stream";
/** Where the agents of the house are asked for, and Letta may not have named them yet. */
const agentless = [
  "letta_unreachable",
  "letta_busy",
  "letta_rate_limited",
  "letta_rejected",
  "letta_unpaid",
] as const satisfies readonly FaultCode[];
const asking = ["agent_unknown", "conflict", ...agentless, ...storage] as const satisfies readonly FaultCode[];

const alive = (id: string): Operation => ({
  group: "Health",
  id,
  summary: "Whether the process answers",
  answers: { 200: text },
});

const webhook = (id: string): Operation => ({
  group: "Chats",
  id,
  summary: "The platform's door",
  description: "For messaging platforms, which prove themselves to their channel and get its answer.",
  answers: { 200: "*/*" },
  refuses: ["not_found", "bad_request", "unauthorized", "forbidden", ...storage],
});

/** By method and path, as they stand in the route table. */
export const operations: Readonly<Record<string, Operation>> = {
  "GET /": alive("root"),
  "GET /health": alive("health"),
  "GET /livez": alive("livez"),
  "GET /readyz": {
    group: "Health",
    id: "readyz",
    summary: "Whether messages can be accepted and answered",
    answers: { 200: answers.Readiness, 503: answers.Readiness },
  },
  "GET /metrics": {
    group: "Server",
    id: "metrics",
    summary: "Counters and gauges as Prometheus reads them",
    answers: { 200: text },
  },
  "GET /openapi.json": {
    group: "Server",
    id: "openapi",
    summary: "This description",
    answers: { 200: "application/json" },
  },
  "GET /docs": { group: "Server", id: "docs", summary: "This description as a page", answers: { 200: "text/html" } },

  "GET /webhooks/:bot": webhook("verifyWebhook"),
  "POST /webhooks/:bot": webhook("receiveWebhook"),

  "POST /api/v1/chat": {
    group: "Asking",
    id: "chat",
    summary: "Ask an agent and wait for its answer",
    description:
      "With `Accept: text/event-stream` the answer comes as it is made. The header `X-Turn-Id` names the turn. A 500 with a `turnId` is a turn that failed; a 503 with one is a turn that goes on.",
    body: requests.ChatRequest,
    example: { message: "my name is Ada", chat: "notes" },
    answers: { 200: answers.ChatAnswer },
    streams: true,
    refuses: [...asking, "not_found", "too_many_streams"],
  },
  "POST /api/v1/chat/async": {
    group: "Asking",
    id: "chatAsync",
    summary: "Ask an agent without waiting",
    body: requests.ChatRequest,
    example: { message: "what is my name?", chat: "notes" },
    answers: { 202: answers.Queued },
    refuses: [...asking, "not_found"],
  },

  "GET /api/v1/turns": {
    group: "Turns",
    id: "listTurns",
    summary: "Your turns, the newest first; with `admin` everybody's",
    query: { limit: requests.limit, before: requests.beforeTurn },
    answers: { 200: answers.Turns },
    refuses: ["bad_request", "not_found"],
  },
  "GET /api/v1/turns/:id": {
    group: "Turns",
    id: "showTurn",
    summary: "One turn",
    answers: { 200: answers.Turn },
    refuses: ["not_found"],
  },
  "GET /api/v1/turns/:id/events": {
    group: "Turns",
    id: "followTurn",
    summary: "Follow a turn from its start, or from where you were",
    description: "Every event has an `id`; after a cut, the last one received says where you were.",
    query: { lastEventId: requests.lastEventId },
    headers: { "Last-Event-ID": requests.lastEventId },
    answers: { 200: stream },
    refuses: ["bad_request", "not_found", "too_many_streams"],
  },
  "POST /api/v1/turns/:id/cancel": {
    group: "Turns",
    id: "cancelTurn",
    summary: "Stop a turn",
    description: "Answers its state at this moment: a running one ends when its run has.",
    answers: { 200: answers.TurnState },
    refuses: ["not_found", ...storage],
  },
  "POST /api/v1/turns/:id/approval": {
    group: "Turns",
    id: "decideApproval",
    summary: "Allow or deny what the agent wants to do",
    body: requests.Decision,
    example: { approve: true },
    answers: { 200: answers.Decided },
    refuses: ["not_found", "conflict", ...storage],
  },

  "POST /v1/chat/completions": {
    group: "OpenAI",
    id: "completions",
    summary: "Ask an agent in the shapes of OpenAI's API",
    body: requests.CompletionRequest,
    example: { messages: [{ role: "user", content: "my name is Ada" }], user: "ada" },
    answers: { 200: answers.Completion },
    streams: true,
    refuses: [...asking, "too_many_streams", "provider_failed", "turn_too_long"],
  },
  "GET /v1/models": {
    group: "OpenAI",
    id: "listModels",
    summary: "The agents as models",
    answers: { 200: answers.Models },
    refuses: agentless,
  },
  "GET /v1/models/:model": {
    group: "OpenAI",
    id: "showModel",
    summary: "One of them",
    answers: { 200: answers.Model },
    refuses: ["agent_unknown", ...agentless],
  },

  "POST /api/v1/messages": {
    group: "Chats",
    id: "sendMessage",
    summary: "Say something in a chat",
    description:
      "Answers once the message is on disk, with its file. The agent has no part in it. Files need a form; the largest that the platform takes is its own matter.",
    body: requests.MessageRequest,
    form: requests.MessageForm,
    example: { chat: "bot:123456", text: "The build is green." },
    answers: { 200: answers.MessageTaken },
    refuses: ["not_found", "conflict", ...storage],
  },
  "GET /api/v1/messages/:id": {
    group: "Chats",
    id: "showMessage",
    summary: "What became of a message",
    answers: { 200: answers.Message },
    refuses: ["not_found"],
  },
  "GET /api/v1/chats": {
    group: "Chats",
    id: "listChats",
    summary: "Where somebody has written",
    query: page,
    answers: { 200: answers.Chats },
    refuses: ["bad_request"],
  },
  "GET /api/v1/conversations": {
    group: "Chats",
    id: "listConversations",
    summary: "The conversations of chats with one agent",
    query: { agent: requests.agentWish, ...page },
    answers: { 200: answers.Conversations },
    refuses: ["bad_request", "agent_unknown", ...agentless],
  },
  "POST /api/v1/conversation": {
    group: "Chats",
    id: "bindConversation",
    summary: "Bind a chat to a conversation",
    body: requests.Binding,
    example: { key: "bot:123456", conversationId: "default" },
    answers: { 200: answers.Bound },
    refuses: ["agent_unknown", ...agentless, ...storage],
  },
  "GET /api/v1/status": {
    group: "Server",
    id: "showStatus",
    summary: "The agents, and who talks to them",
    answers: { 200: answers.Status },
    refuses: agentless,
  },

  ...accessOperations,

  "GET /api/v1/tokens": { group: "Tokens", id: "listTokens", summary: "All tokens", answers: { 200: answers.Tokens } },
  "POST /api/v1/tokens": {
    group: "Tokens",
    id: "createToken",
    summary: "Make a token, and see it once",
    body: requests.TokenRequest,
    example: { name: "notes", scope: "chat", expiresInMs: 86_400_000 },
    answers: { 201: answers.NewToken },
    refuses: ["agent_unknown", "conflict", ...agentless, ...storage],
  },
  "DELETE /api/v1/tokens/:id": {
    group: "Tokens",
    id: "revokeToken",
    summary: "Revoke a token",
    answers: { 200: answers.Done },
    refuses: ["not_found", ...storage],
  },

  "GET /api/v1/dead-letters": {
    group: "Dead letters",
    id: "listDeadLetters",
    summary: "What gave up",
    query: page,
    answers: { 200: answers.DeadLetters },
    refuses: ["bad_request"],
  },
  "GET /api/v1/dead-letters/:id": {
    group: "Dead letters",
    id: "showDeadLetter",
    summary: "One dead letter, with what it is about",
    answers: { 200: answers.WholeDeadLetter },
    refuses: ["not_found"],
  },
  "POST /api/v1/dead-letters/:id/retry": {
    group: "Dead letters",
    id: "retryDeadLetter",
    summary: "Try it again",
    answers: { 200: answers.Retried },
    refuses: ["not_found", "conflict", ...storage],
  },
  "DELETE /api/v1/dead-letters/:id": {
    group: "Dead letters",
    id: "dropDeadLetter",
    summary: "Forget it",
    answers: { 200: answers.Done },
    refuses: ["not_found", ...storage],
  },

  "GET /api/v1/log-level": {
    group: "Server",
    id: "showLogLevel",
    summary: "How much the server logs",
    answers: { 200: answers.LogLevel },
  },
  "PUT /api/v1/log-level": {
    group: "Server",
    id: "setLogLevel",
    summary: "Change it until the next start",
    body: requests.LogLevelRequest,
    example: { level: "debug" },
    answers: { 200: answers.LogLevelChange },
  },
};
