/** `/agent`: whom the chat talks to, and another one from now on. What was said with the first is there when it comes back. */
import { code, literal } from "../render/literal.ts";
import { bold, listAgents, meantBy, offerOf } from "./agent-words.ts";
import type { Command } from "./command.ts";

/** More than these are a matter for `/agents`. */
const mostMeant = 6;

export const agent: Command = {
  name: "agent",
  aliases: ["switch"],
  summary: "Show the agent that this chat talks to, or choose another one",
  usage: "/agent [name, id or number]",
  takesWords: true,
  who: "owner",
  when: "in-order",
  needs: "agent",
  change: (words, { agents }) => {
    const [only, another] = words === "" ? [] : meantBy(words, agents);
    return only && !another ? { kind: "choose", agentId: only.agentId, agentName: only.name } : undefined;
  },
  answer: async (context) => {
    const { words, changed, talk } = context;
    const name = bold(talk.agent.name);
    if (changed?.kind === "chosen") {
      const where = changed.before
        ? "The conversation goes on where you left it."
        : "Nothing was said with it here before.";
      return { text: `This chat talks to ${name} now. ${where}`, inPlace: true };
    }
    if (words === "") {
      return { text: `This chat talks to ${name} (${code(talk.agent.id)}). \`/agents\` lists the others.` };
    }
    const all = await listAgents(context);
    const meant = meantBy(words, all);
    if (meant.length === 0) {
      return { text: `Nothing was changed: no agent is called ${literal(words)}. \`/agents\` lists all of them.` };
    }
    return {
      text: meant.length === 1 ? "Do you mean this one?" : "Nothing was changed yet: which one do you mean?",
      choices: meant.slice(0, mostMeant).map((one) => offerOf(one, all, undefined)),
      inPlace: true,
    };
  },
};
