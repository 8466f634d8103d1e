/** `/compact`: the older messages of the conversation are replaced by a summary, so that the agent has room again. */
import { asFault } from "../errors.ts";
import type { Command } from "./command.ts";

const tooLittle = "Nothing was compacted: the conversation is too short for that.";

export const compact: Command = {
  name: "compact",
  aliases: [],
  summary: "Summarize the older part of the conversation, to give the agent room",
  usage: "/compact",
  takesWords: false,
  who: "chat-admin",
  when: "in-order",
  needs: "conversation",
  answer: async ({ talk, abort }) => {
    if (talk.upstreamId === null) return { text: tooLittle };
    const target = { agent: talk.agent.id, conversation: talk.upstreamId };
    try {
      const compacted = await talk.upstream.compact(target, abort);
      if (compacted === null) return { text: tooLittle };
      const { before, after } = compacted;
      return {
        text:
          `Compacted: ${talk.agent.name} now sees ${after} messages of this conversation instead of ${before}; ` +
          "the older ones became a summary. Nothing was deleted from its history.",
      };
    } catch (error) {
      const fault = asFault(error);
      if (fault.verdict !== "uncertain" || abort.aborted) throw fault;
      return { text: `${fault.message} The conversation may be compacted or not; it does no harm to ask again.` };
    }
  },
};
