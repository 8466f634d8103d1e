/**
 * What the API is asked with. The routes check bodies themselves, in LettaBot's order and words; Schemathesis (in
 * `test/openapi`) looks whether they refuse what does not fit these.
 */
import { z } from "zod";
import { groupModes } from "../../access/rules.ts";
import { logLevels } from "../../log.ts";
import { scopes } from "../../store/tokens.ts";
import { fileKinds } from "../given-file.ts";

/** Something to see, and no control characters. */
const visible = String.raw`[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*`;

const name = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .regex(new RegExp(`^${visible}$`))
    .nullable()
    .optional();
const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/)
  .nullable()
  .optional()
  .describe("The same request twice is one message.");
const onDisconnect = z
  .enum(["continue", "cancel"])
  .nullable()
  .optional()
  .describe("What happens to the turn when you hang up; `continue` unless it says otherwise.");

export const ChatRequest = z.object({
  message: z
    .string()
    .min(1)
    .regex(/\S/)
    .describe("10,000 characters at most, unless the configuration says otherwise."),
  agent: z
    .string()
    .max(255)
    .regex(new RegExp(`^(${visible})?$`))
    .nullable()
    .optional()
    .describe("Name or id of the agent; otherwise the first."),
  chat: name(128).describe("A name for a chat of its own; chats belong to the token."),
  conversation: name(128).describe("`default` or `conv-…`: a Letta conversation."),
  images: z
    .array(z.string().regex(/^data:image\//))
    .max(10)
    .nullable()
    .optional()
    .describe("PNG, JPEG, GIF or WebP as data URLs, 5 MiB each."),
  idempotencyKey,
  onDisconnect,
});

export const CompletionRequest = z
  .object({
    messages: z
      .array(
        z.looseObject({
          role: z.enum(["user", "assistant", "system", "developer", "tool", "function"]),
          content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
        }),
      )
      .min(1)
      .max(10_000)
      .describe("The last one must be the user's."),
    model: z.string().max(255).nullable().optional().describe("Name or id of an agent; otherwise the first."),
    stream: z.boolean().nullable().optional(),
    stream_options: z.unknown().optional().describe("With `include_usage` a stream says at its end what it took."),
    user: z.unknown().optional().describe("A name for a chat of its own."),
    onDisconnect,
  })
  .describe("Fields that would change the agent's model or settings are accepted and have no effect.");

export const Decision = z.object({
  approve: z.boolean(),
  reason: z.string().max(1_000).nullable().optional(),
  toolCallId: z.string().optional().describe("Without it, all that are open."),
});

const place = z.string().max(512).nullable().optional();

export const MessageRequest = z.object({
  chat: place.describe("A chat's key; or, in its place, `channel` and `chatId`."),
  channel: place.describe("A bot, or the channel of the only bot there."),
  chatId: place.describe("The chat's id there."),
  text: z.string().min(1).regex(/\S/).describe("10,000 characters at most, unless the configuration says otherwise."),
  idempotencyKey,
});

export const MessageForm = MessageRequest.extend({
  text: MessageRequest.shape.text.optional().describe("Required without a file; with one, its caption."),
  file: z.file().optional().describe("One file, under any name in the form."),
  kind: z.enum(fileKinds).optional().describe("What it is shown as; otherwise what its type says."),
});

export const Binding = z.object({
  conversationId: z.string().min(1).describe("`default` or `conv-…`."),
  key: z.string().min(1).describe("The chat."),
  agent: z.string().optional().describe("Name or id of the agent; otherwise the first."),
});

export const PairingCode = z.object({
  code: z.string().regex(/\S/).describe("Small letters and spaces do not matter."),
});
export const PersonAt = z.object({ person: z.int().min(1).describe("As `/api/v1/people` numbers them.") });
export const ClaimRequest = z.object({ bot: z.string().optional().describe("Without it, the only one.") });

const daily = z.int().min(0).max(1_000_000).nullable().optional();
export const GroupSettings = z.object({
  admitted: z.boolean().optional(),
  mode: z.enum(groupModes).nullable().optional().describe("Its administrators may choose a narrower one."),
  allowed: z
    .array(z.string().regex(/^[^\p{Cc}\s]{1,200}$/u))
    .min(1)
    .max(1_000)
    .nullable()
    .optional()
    .describe("The platform's ids of the only people that are listened to."),
  batchMs: z.int().min(0).max(600_000).nullable().optional(),
  dailyLimit: daily.describe("Messages for the agent in a day (UTC)."),
  dailyPersonLimit: daily.describe("The same of each person."),
});

export const TokenRequest = z.object({
  name: z
    .string()
    .max(64)
    .regex(new RegExp(`^${visible}$`)),
  scope: z
    .union([z.enum(scopes), z.string(), z.array(z.enum(scopes)).min(1)])
    .optional()
    .describe("One or more; `chat` without it."),
  agents: z.array(z.string().min(1)).min(1).max(100).nullable().optional().describe("Names or ids."),
  expiresAt: z.string().meta({ format: "date-time" }).nullable().optional(),
  expiresInMs: z.int().min(1).nullable().optional(),
  ratePerMinute: z.int().min(0).max(1_000_000).nullable().optional().describe("0 is no limit."),
});

export const LogLevelRequest = z.object({ level: z.enum(logLevels) });

export const limit = z.int().min(1).max(200).describe("How many at most.");
export const beforeId = z.int().min(1).describe("Only what is older than this id.");
export const beforeTurn = z.string().describe("Only what is older than this turn.");
export const agentWish = z.string().describe("Name or id of the agent; otherwise the first.");
export const lastEventId = z.string().describe("The id that was received last; the stream goes on behind it.");
