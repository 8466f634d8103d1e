/** Posts to a Letta server, and the streams that answer them. */
import type { Letta } from "@letta-ai/letta-client";
import { Fault } from "../errors.ts";
import { faultFromAbort, linkAbort, refuseAnswer, type Call } from "./client.ts";
import { faultFrom, rejectionOf } from "./faults.ts";
import { requireId, throwMissing } from "./missing.ts";
import { readEvents } from "./events.ts";
import type { Limits } from "./limits.ts";
import { relay } from "./relay.ts";
import type { Frame, PostMessage, Target, Upstream } from "./upstream.ts";

type Body = Parameters<Letta["conversations"]["messages"]["create"]>[1];
type Wire = NonNullable<Body["messages"]>[number];

const wireOf = (message: PostMessage): Wire =>
  "approvals" in message
    ? { ...message, approvals: [...message.approvals] }
    : { ...message, type: "message", content: [...message.content] };

/** Opens a stream and relays it; `refuse` says what a failed opening means. */
async function* stream(
  open: (signal: AbortSignal) => Promise<Response>,
  refuse: (error: unknown) => Promise<Fault> | Fault,
  abort: AbortSignal,
  limits: Limits,
  after?: number,
): AsyncGenerator<Frame, void> {
  const link = linkAbort(abort);
  try {
    const { body } = await open(link.signal).catch(async (error: unknown) => {
      throw abort.aborted ? faultFromAbort(abort, "message") : await refuse(error);
    });
    yield* relay(body ? readEvents(body, limits) : [], abort, after);
  } finally {
    link.release();
  }
}

/** What the port says about streams: posts and their resumption. Requests start with the first frame that is asked for. */
export const createPosts = (
  client: Letta,
  call: Call,
  retrieveAgent: Upstream["retrieveAgent"],
  limits: Limits,
): Pick<Upstream, "send" | "resume" | "createConversation"> => {
  /** What a 404 to a post means: the answer itself does not say whether the agent or the conversation is gone. */
  const findMissing = async ({ agent, conversation }: Target, abort: AbortSignal): Promise<Fault> => {
    try {
      await retrieveAgent(agent, abort);
      if (conversation !== "default")
        await call<unknown>(
          "read",
          abort,
          (letta, options) => letta.conversations.retrieve(conversation, options),
          throwMissing("letta_conversation_missing"),
        );
    } catch (error) {
      return faultFrom(error, "read");
    }
    return new Fault("letta_refused", { message: "The agent's model does not exist on the Letta server (any more)." });
  };

  return {
    async *send(target, messages, { background, abort, tools = [] }) {
      requireId(target.agent, "letta_agent_missing");
      requireId(target.conversation, "letta_conversation_missing");
      const body: Body = {
        ...(target.conversation === "default" ? { agent_id: target.agent } : {}),
        messages: messages.map(wireOf),
        streaming: true,
        stream_tokens: true,
        include_pings: true,
        background,
        include_compaction_messages: true,
        ...(tools.length === 0 ? {} : { client_tools: tools.map((tool) => ({ ...tool })) }),
      };
      yield* stream(
        (signal) => client.conversations.messages.create(target.conversation, body, { signal }).asResponse(),
        (error) => (rejectionOf(error)?.status === 404 ? findMissing(target, abort) : faultFrom(error, "message")),
        abort,
        limits,
      );
    },

    async *resume(runId, after, abort) {
      yield* stream(
        (signal) =>
          client.runs.messages.stream(runId, { starting_after: after, include_pings: true }, { signal }).asResponse(),
        (error) => {
          const fault = faultFrom(error, "read");
          // Not in the background, expired (410, after 3 hours), unknown, or a server without Redis.
          return fault.code === "letta_no_background" ? new Fault("letta_refused", { runId }) : fault;
        },
        abort,
        limits,
        after,
      );
    },

    async createConversation(agent, abort) {
      requireId(agent, "letta_agent_missing");
      return call(
        "change",
        abort,
        (letta, options) =>
          letta.conversations.create({ agent_id: agent }, options).then((made) => made?.id ?? refuseAnswer()),
        throwMissing("letta_agent_missing"),
      );
    },
  };
};
