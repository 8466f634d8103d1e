/** The settings of the OpenAI-compatible API. */
import { say } from "./about.ts";
import { group, list, mostBodyBytes, oneOf, text, wholeNumber } from "./kinds.ts";

const headerName = text("must be a list of header names")
  .regex(/^[\w-]{1,64}$/, { error: "must be a list of header names, like X-Conversation-Id" })
  .transform((name) => name.toLowerCase());

export const completions = say(
  "The OpenAI-compatible API under `/v1`.",
  group({
    chatHeaders: say(
      {
        text:
          "headers by which front ends name the chat, the first that a request has counts; without any, the `user` of its " +
          "body does",
      },
      list(headerName, /,/).default(["x-openwebui-chat-id", "x-conversation-id", "x-letta-chat-key"]),
    ),
    unnamed: say(
      {
        text:
          "requests that name no chat: `token`: those of a token are one chat, as in the chat API; `history`: those that do " +
          "not continue a known history are a chat of their own",
      },
      oneOf(["token", "history"]).default("token"),
    ),
    instructions: say(
      {
        text: "system prompts of callers: `tell`: the agent is told them, once; `ignore`: it is not",
      },
      oneOf(["tell", "ignore"]).default("tell"),
    ),
    bodyBytes: say(
      { text: "largest request body; front ends send whole histories, with their images" },
      wholeNumber(1024, mostBodyBytes).default(32 * 1024 * 1024),
    ),
  })
    .readonly()
    .prefault({}),
);
