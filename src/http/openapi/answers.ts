/** What the API answers: one schema for each shape. They describe; nothing is cut to them on its way out. */
import { z } from "zod";
import { groupModes } from "../../access/rules.ts";
import { logLevels } from "../../log.ts";
import { outboxStates } from "../../outbox/states.ts";
import { scopes } from "../../store/tokens.ts";
import { turnStates } from "../../turn/states.ts";

const time = z.string().meta({ format: "date-time" });
const turnId = z.string().describe("`turn_` and 32 hexadecimal digits.");
const next = z.int().nullable().describe("The `before` of the next page; null at the end.");
const success = z.literal(true);

export const Refusal = z
  .object({
    success: z.literal(false),
    error: z.string().describe("A sentence for people."),
    code: z.string().optional().describe("A word for programs."),
    hint: z.string().optional().describe("What to do about it."),
    field: z.string().optional().describe("The field of the request that is wrong."),
    agentName: z.string().optional(),
    turnId: turnId.optional().describe("The turn that failed, or that goes on without its caller."),
  })
  .describe("Why a request was refused, or a turn failed.");

export const CompletionRefusal = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.enum(["invalid_request_error", "rate_limit_error", "server_error"]),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .describe("The same in the shape of OpenAI's API.");

const Problem = z.object({ what: z.enum(["server", "upstream"]), error: z.string() });

export const Readiness = z.object({
  ready: z.boolean(),
  upstream: z.string().describe("`demo`, or the Letta server."),
  version: z.string(),
  instance: z.string().describe("A word of this process alone."),
  missing: z.array(Problem),
});

export const ChatAnswer = z.object({
  success,
  response: z.string().describe("Everything the agent said; empty if it chose to say nothing."),
  agentName: z.string(),
  turnId,
});

export const Queued = z.object({ success, status: z.literal("queued"), agentName: z.string(), turnId });

export const Approval = z
  .object({
    toolCallId: z.string(),
    toolName: z.string(),
    arguments: z.string().describe("JSON, as the agent wrote it."),
    approve: z.boolean().nullable().describe("Null until somebody decides."),
    reason: z.string().nullable(),
    deadlineAt: time,
  })
  .describe("A tool call that needed or needs somebody's yes.");

export const Turn = z.object({
  turnId,
  state: z.enum(turnStates),
  response: z.string().nullable().describe("Null until the turn has ended."),
  error: z.string().nullable(),
  errorCode: z.string().nullable(),
  stopReason: z.string().nullable(),
  agentName: z.string(),
  agentId: z.string(),
  conversationId: z.string().nullable(),
  trigger: z.enum(["message", "api", "schedule", "notify", "command", "control"]).describe("What started it."),
  attempts: z.int(),
  resent: z.boolean().describe("Whether the message was sent once more because it had not arrived."),
  runId: z.string().nullable(),
  approvals: z.array(Approval),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
});

export const Turns = z.object({ turns: z.array(Turn) });
export const TurnState = z.object({ success, turnId, state: z.enum(turnStates) });
export const Decided = z.object({ success, turnId, decided: z.int().describe("Tool calls that were decided.") });

const Usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });

export const Completion = z.object({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.int().describe("Seconds since 1970."),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({ role: z.literal("assistant"), content: z.string(), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: z.enum(["stop", "length"]),
    }),
  ),
  usage: Usage.nullable().describe("Null where the Letta server did not say."),
});

export const Model = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.literal("lettabox"),
});
export const Models = z.object({ object: z.literal("list"), data: z.array(Model) });

const sendState = z.enum(outboxStates).nullable().describe("Null once its parts are no longer kept.");

export const MessageTaken = z.object({ success, messageId: z.string(), state: sendState });
export const Message = z.object({
  messageId: z.string(),
  state: sendState,
  parts: z.array(
    z.object({
      state: z.enum(outboxStates),
      attempts: z.int(),
      platformId: z.string().nullable(),
      errorCode: z.string().nullable(),
    }),
  ),
  createdAt: time,
});

export const Chat = z.object({
  id: z.int(),
  chat: z.string().describe("Its key, which other routes take."),
  bot: z.string(),
  channel: z.string(),
  kind: z.string(),
  title: z.string().nullable(),
  agentId: z.string().nullable(),
  conversationId: z.string().nullable(),
  createdAt: time,
});
export const Chats = z.object({ chats: z.array(Chat), next });
export const Conversations = z.object({
  conversations: z.array(z.object({ id: z.string(), createdAt: time, chats: z.array(z.string()) })),
  next,
});
export const Bound = z.object({ success, agent: z.string(), key: z.string(), conversationId: z.string() });

export const Status = z.object({
  agents: z
    .record(
      z.string(),
      z.object({
        agentId: z.string(),
        conversationId: z.string(),
        conversations: z.record(z.string(), z.string()).describe("By the keys of chats."),
        channels: z.array(z.string()),
        baseUrl: z.string(),
      }),
    )
    .describe("By name; by id where a name is taken."),
  version: z.string(),
  upstream: z.string(),
  ready: z.boolean(),
});

export const Pairing = z.object({
  requests: z.array(
    z.object({
      id: z.string().describe("The platform's id of the person or group."),
      code: z.string(),
      createdAt: time,
      lastSeenAt: time,
      meta: z.object({ firstName: z.string() }).optional(),
      bot: z.string(),
      of: z.enum(["person", "group"]),
      person: z.int().nullable().describe("Who asks, or who spoke for the group."),
      name: z.string().nullable(),
      expiresAt: time,
    }),
  ),
});
export const Paired = z.object({ success, userId: z.string().describe("The platform's id of the person or group.") });
export const Claim = z.object({
  bot: z.string(),
  code: z.string().describe("Send `/start` and the code to the bot. Shown this once."),
  link: z.string().nullable().describe("Does that, where the platform has such links."),
});
export const People = z.object({
  people: z.array(
    z.object({
      person: z.int(),
      bot: z.string().nullable().describe("Null when it is not configured any more."),
      name: z.string().nullable(),
      userId: z.string().nullable(),
      state: z.enum(["operator", "granted", "revoked", "blocked"]),
      since: time,
    }),
  ),
  next,
});
export const Group = z.object({
  id: z.int(),
  chat: z.string(),
  bot: z.string().nullable(),
  title: z.string().nullable(),
  admitted: z.boolean(),
  mode: z.enum(groupModes).describe("What is in force."),
  ceiling: z.enum(groupModes).describe("The widest that the group's administrators may choose."),
  allowed: z.array(z.string()).nullable().describe("The only people that are listened to; null is everybody."),
  batchMs: z.int(),
  dailyLimit: z.int().nullable(),
  dailyPersonLimit: z.int().nullable(),
});
export const Groups = z.object({ groups: z.array(Group), next });
export const Audit = z.object({
  entries: z.array(
    z.object({
      id: z.int(),
      at: time,
      bot: z.string().nullable(),
      chat: z.int().nullable().describe("The chat's id."),
      actor: z.string().describe("`person:<id>`, `token:<id>` or `claim`."),
      action: z.string(),
      subject: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  next,
});

export const Token = z.object({
  id: z.int(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  agents: z.array(z.string()).nullable().describe("Ids of the agents it is limited to; null is all."),
  ratePerMinute: z.int().nullable().describe("0 is no limit; null is the server's."),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
});
export const Tokens = z.object({ tokens: z.array(Token) });
export const NewToken = Token.extend({ token: z.string().describe("Shown this once.") });

export const DeadLetter = z.object({
  id: z.int(),
  source: z.enum(["turn", "outbox"]),
  code: z.string(),
  createdAt: time,
  turnId: turnId.optional(),
  error: z.string().nullable().optional(),
  chat: z.int().optional().describe("The chat's id."),
  state: z.enum(outboxStates).optional(),
  attempts: z.int().optional(),
});
export const DeadLetters = z.object({ deadLetters: z.array(DeadLetter) });
export const WholeDeadLetter = DeadLetter.extend({
  turn: Turn.optional(),
  part: z.unknown().optional().describe("What was not delivered, as its channel has it."),
  rest: z.unknown().optional().describe("What is left of the part, when its beginning was delivered."),
});
export const Retried = z.object({ success, turnId: turnId.optional() });
export const Done = z.object({ success });

export const LogLevel = z.object({ level: z.enum(logLevels) });
export const LogLevelChange = z.object({ level: z.enum(logLevels), before: z.enum(logLevels) });
