import { z } from "zod";
import type { ApprovalAnswer, Posted } from "./messages.ts";
import { newId } from "./ids.ts";
import { invalid, problem, refuse } from "./refusals.ts";

/** The body of a message POST, read once. Unknown fields are dropped without a word, as the server does. */

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({ type: z.literal("image"), source: z.looseObject({ type: z.string() }) });
const contentBody = z.union([z.string(), z.array(z.union([textPart, imagePart]))]);

const chatMessage = z.object({
  type: z.literal("message").nullish(),
  role: z.enum(["user", "system", "assistant"]),
  content: contentBody,
  name: z.string().nullish(),
  otid: z.string().nullish(),
  sender_id: z.string().nullish(),
});

const approvalAnswer = z.object({
  type: z.literal("approval").default("approval"),
  tool_call_id: z.string(),
  approve: z.boolean(),
  reason: z.string().nullish(),
});

const toolAnswer = z.object({
  type: z.literal("tool").default("tool"),
  tool_call_id: z.string(),
  tool_return: z.union([z.string(), z.array(textPart)]),
  status: z.enum(["success", "error"]),
});

const approvalMessage = z.object({
  type: z.literal("approval"),
  approvals: z.array(z.union([toolAnswer, approvalAnswer])).nullish(),
  otid: z.string().nullish(),
});

const toolReturnMessage = z.object({
  type: z.literal("tool_return"),
  tool_returns: z.array(toolAnswer),
  otid: z.string().nullish(),
});

const body = z.object({
  agent_id: z.string().nullish(),
  input: contentBody.nullish(),
  messages: z.array(z.union([chatMessage, approvalMessage, toolReturnMessage])).nullish(),
  streaming: z.boolean().nullish(),
  stream_tokens: z.boolean().nullish(),
  include_pings: z.boolean().nullish(),
  background: z.boolean().nullish(),
  include_return_message_types: z.array(z.string()).nullish(),
  client_tools: z.array(z.looseObject({ name: z.string() })).nullish(),
  max_steps: z.number().int().nullish(),
  override_model: z.string().nullish(),
  override_system: z.string().nullish(),
});

type Body = z.infer<typeof body>;
type Content = z.infer<typeof contentBody>;

export type PostedMessage =
  | (Posted & { readonly type: "message"; readonly content: Content })
  | { readonly type: "approval"; readonly answers: readonly ApprovalAnswer[]; readonly otid: string | null };

export type Post = {
  readonly agentId: string | null;
  readonly messages: readonly PostedMessage[];
  readonly streaming: boolean;
  readonly tokens: boolean;
  readonly pings: boolean;
  readonly background: boolean;
  /** Message types to show; null is all. */
  readonly types: ReadonlySet<string> | null;
  /** Names of the tools that the client executes itself, for this request alone. */
  readonly clientTools: readonly string[];
  readonly maxSteps: number;
  readonly overrideModel: string | null;
  /** In the place of the whole compiled prompt. */
  readonly overrideSystem: string | null;
};

const answerOf = (answer: z.infer<typeof approvalAnswer> | z.infer<typeof toolAnswer>): ApprovalAnswer => {
  if (answer.type === "approval") return { ...answer, reason: answer.reason ?? null };
  const { tool_return } = answer;
  const text = typeof tool_return === "string" ? tool_return : tool_return.map((part) => part.text).join("\n");
  return { ...answer, tool_return: text, stdout: null, stderr: null };
};

const messageOf = (message: NonNullable<Body["messages"]>[number]): PostedMessage => {
  if (message.type === "approval") {
    return { type: "approval", answers: (message.approvals ?? []).map(answerOf), otid: message.otid ?? null };
  }
  if (message.type === "tool_return") {
    return { type: "approval", answers: message.tool_returns.map(answerOf), otid: message.otid ?? null };
  }
  return {
    type: "message",
    role: message.role,
    content: message.content,
    name: message.name ?? null,
    otid: message.otid ?? null,
    senderId: message.sender_id ?? null,
  };
};

const usualSteps = 50;

const valueError = (message: string) => invalid(problem("value_error", ["body"], `Value error, ${message}`, ""));

/** `streaming` is what the route does when the body does not say. */
export const parsePost = (json: unknown, route: { readonly streaming: boolean }): Post => {
  const read = body.safeParse(json);
  if (!read.success) {
    const issue = read.error.issues[0];
    const path = (issue?.path ?? []).map((step) => (typeof step === "number" ? step : String(step)));
    throw invalid(problem(issue?.code ?? "invalid", ["body", ...path], issue?.message ?? "Invalid", ""));
  }
  const { input, messages, ...rest } = read.data;
  const given = messages ?? null;
  if (input != null && given !== null) {
    throw valueError("Cannot specify both 'input' and 'messages'. Use one or the other.");
  }
  if (input == null && given === null) throw valueError("Must specify either 'input' or 'messages'.");
  return {
    agentId: rest.agent_id ?? null,
    messages: input == null ? (given ?? []).map(messageOf) : [messageOf({ role: "user", content: input })],
    streaming: rest.streaming ?? route.streaming,
    tokens: rest.stream_tokens ?? false,
    pings: rest.include_pings ?? true,
    background: rest.background ?? false,
    types: rest.include_return_message_types ? new Set(rest.include_return_message_types) : null,
    clientTools: (rest.client_tools ?? []).map(({ name }) => name),
    maxSteps: rest.max_steps ?? usualSteps,
    overrideModel: rest.override_model ?? null,
    overrideSystem: rest.override_system ?? null,
  };
};

const idleOption = (option: string, fallback: string) =>
  refuse(
    422,
    `Streaming options set without streaming enabled. ${option} can only be ${fallback} when streaming=true. Either set streaming=true or use default values for streaming options.`,
  );

/** On the agents route the streaming options must not be set when streaming is off; elsewhere they are ignored. */
export const refuseIdleOptions = (post: Post): void => {
  if (post.streaming) return;
  if (post.tokens) throw idleOption("stream_tokens", "true");
  if (post.background) throw idleOption("background", "true");
  if (!post.pings) throw idleOption("include_pings", "false");
};

/** How the server keeps content: one text part alone becomes a string, images become files of its own. */
export const storedContent = (content: Content): unknown => {
  if (typeof content === "string") return content;
  const [only] = content;
  if (content.length === 1 && only?.type === "text") return only.text;
  return content.map((part) =>
    part.type === "text"
      ? { ...part, signature: null }
      : { type: "image", source: { detail: null, ...part.source, type: "letta", file_id: newId("file") } },
  );
};

/** What the server cannot send to a model. */
export const isEmpty = (content: Content): boolean => content.length === 0;
