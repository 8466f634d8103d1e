import { asList, type Call, refuseAnswer } from "./client.ts";
import { framesOf } from "./frames.ts";
import { requireId, throwMissing } from "./missing.ts";
import type { Target, Upstream } from "./upstream.ts";
import { asRecord, asText, type Json } from "./wire.ts";

/** An approval request is the last thing in a conversation that waits; this many rows hold it and its answers. */
const rows = 5;

const requested = (message: unknown): readonly string[] =>
  framesOf(message).flatMap((frame) => (frame.type === "approval_request" ? [frame.id] : []));

const answered = (message: unknown): readonly string[] =>
  framesOf(message).flatMap((frame) =>
    frame.type === "approval_response" ? frame.ids : frame.type === "tool_return" ? [frame.id] : [],
  );

const dateOf = (message: Json): number => Date.parse(asText(message["date"]) ?? "") || 0;

/** What waits at the end of these messages, whatever order they came in: the newest request, less what was answered. */
const waiting = (messages: readonly unknown[]): readonly string[] => {
  const requests = messages.flatMap((message) => {
    const record = asRecord(message);
    return record && requested(record).length > 0 ? [record] : [];
  });
  const newest = requests.toSorted((one, other) => dateOf(one) - dateOf(other)).at(-1);
  const done = new Set(messages.flatMap(answered));
  return newest ? requested(newest).filter((id) => !done.has(id)) : [];
};

/** What the port says about open approvals. */
export const createApprovals = (call: Call): Pick<Upstream, "openApprovals"> => {
  /** The agent names what is pending, but for its default conversation only. */
  const inDefault = ({ agent }: Target, abort: AbortSignal) =>
    call(
      "read",
      abort,
      (client, options) =>
        client.agents
          .retrieve(agent, { include: ["agent.pending_approval"] }, options)
          .then((state) => requested((asRecord(state) ?? refuseAnswer())["pending_approval"])),
      throwMissing("letta_agent_missing"),
    );

  const inConversation = ({ conversation }: Target, abort: AbortSignal) =>
    call(
      "read",
      abort,
      (client, options) =>
        client.conversations.messages
          .list(
            conversation,
            {
              order: "desc",
              limit: rows,
              include_return_message_types: [
                "approval_request_message",
                "approval_response_message",
                "tool_return_message",
              ],
            },
            options,
          )
          .then((page) => waiting(asList(page.items))),
      throwMissing("letta_conversation_missing"),
    );

  return {
    async openApprovals(target, abort) {
      requireId(target.agent, "letta_agent_missing");
      requireId(target.conversation, "letta_conversation_missing");
      return target.conversation === "default" ? inDefault(target, abort) : inConversation(target, abort);
    },
  };
};
