/**
 * The body of a completion request. An agent has its own model and settings, so what would change them (`temperature`,
 * `max_tokens`, `n`, `stop`, `seed`, …) is accepted and has no effect.
 */
import { Fault } from "../../errors.ts";
import { asRecord, readJson } from "../body.ts";
import { demandJson, readKey, readName } from "../chat-request.ts";
import { saidIn } from "./caller-chat.ts";
import { type Message, readMessages } from "./messages.ts";

export type CompletionRequest = {
  readonly messages: readonly Message[];
  /** Name or id of the agent; the first one when there is none. */
  readonly model: string | undefined;
  readonly user: unknown;
  readonly stream: boolean;
  /** Whether a stream says at its end what it took. */
  readonly includeUsage: boolean;
  /** Whether the answer to a front end's task must be JSON. */
  readonly wantsJson: boolean;
  readonly idempotencyKey: string | undefined;
  readonly onDisconnect: "continue" | "cancel";
  /** The client has asked before and got no answer. */
  readonly isRetry: boolean;
};

type Body = Readonly<Record<string, unknown>>;

const wrong = (message: string, field: string): never => {
  throw new Fault("bad_request", { message, field });
};

/** Where each message is looked up, more would be work for nothing. */
const mostMessages = 10_000;

const readSwitch = (value: unknown, field: string): boolean => {
  if (value === undefined || value === null) return false;
  return typeof value === "boolean" ? value : wrong(`${field} must be true or false`, field);
};

/** The agent calls its own tools; a caller that insists on its own cannot be served. */
const refuseTools = ({ tool_choice: choice, function_call: call }: Body): void => {
  const [wish, field] = choice === undefined ? [call, "function_call"] : [choice, "tool_choice"];
  if (wish === undefined || wish === null || wish === "auto" || wish === "none") return;
  wrong(`${field} cannot be required: the agent uses its own tools, and \`tools\` of the request are ignored`, field);
};

const readLeaving = (headers: Headers, body: Body): "continue" | "cancel" => {
  const wish = body["onDisconnect"] ?? saidIn(headers, "x-on-disconnect") ?? "continue";
  if (wish === "continue" || wish === "cancel") return wish;
  return wrong('onDisconnect must be "continue" or "cancel"', "onDisconnect");
};

/** Throws `bad_request` and what `readJson` throws. */
export const readCompletionRequest = async (request: Request, bodyBytes: number): Promise<CompletionRequest> => {
  demandJson(request);
  const { headers } = request;
  const body = asRecord(await readJson(request, bodyBytes));
  const messages = readMessages(body["messages"]);
  if (messages.length > mostMessages) return wrong(`messages has too many items (max ${mostMessages})`, "messages");
  const newest = messages.findLast(({ role }) => role === "user" || role === "assistant");
  if (newest?.role !== "user") return wrong("the last message must be the user's", "messages");
  refuseTools(body);
  const format = asRecord(body["response_format"])["type"];
  return {
    messages,
    model: body["model"] === "" ? undefined : readName(body, "model", 255),
    user: body["user"],
    stream: readSwitch(body["stream"], "stream"),
    includeUsage: readSwitch(asRecord(body["stream_options"])["include_usage"], "stream_options.include_usage"),
    wantsJson: format === "json_object" || format === "json_schema",
    idempotencyKey: readKey(request, {}),
    onDisconnect: readLeaving(headers, body),
    // The official SDKs count their attempts in it.
    isRetry: Number(headers.get("x-stainless-retry-count") ?? 0) > 0,
  };
};
