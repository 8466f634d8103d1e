/** Compacting a conversation by request: the server puts a summary in the place of older messages. */
import { refuseAnswer, type Call } from "./client.ts";
import { rejectionOf } from "./faults.ts";
import { requireId, throwMissing } from "./missing.ts";
import type { Upstream } from "./upstream.ts";
import { asCount, asRecord } from "./wire.ts";

/** A model reads the whole conversation before the server answers. */
const answerMs = 5 * 60_000;

/** 400 is how the server says that there is too little to shorten; its words differ and are no guide. */
const nullIfShort =
  (otherwise: (error: unknown) => never) =>
  (error: unknown): null =>
    rejectionOf(error)?.status === 400 ? null : otherwise(error);

/** What the port says about compaction. */
export const createCompaction = (call: Call): Pick<Upstream, "compact"> => ({
  async compact({ agent, conversation }, abort) {
    requireId(agent, "letta_agent_missing");
    requireId(conversation, "letta_conversation_missing");
    const isDefault = conversation === "default";
    const answer = await call<unknown>(
      "change",
      abort,
      (client, { signal }) => {
        const options = { signal, timeout: answerMs };
        // Without settings of ours those of the agent count.
        return isDefault
          ? client.agents.messages.compact(agent, {}, options)
          : client.conversations.messages.compact(conversation, {}, options);
      },
      nullIfShort(throwMissing(isDefault ? "letta_agent_missing" : "letta_conversation_missing")),
    );
    if (answer === null) return null;
    const counts = asRecord(answer);
    const before = asCount(counts?.["num_messages_before"]);
    const after = asCount(counts?.["num_messages_after"]);
    return before === undefined || after === undefined ? refuseAnswer() : { before, after };
  },
});
