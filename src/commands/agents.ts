/** `/agents`: whom the chat may talk to, a page at a time. */
import { literal } from "../render/literal.ts";
import type { Offer } from "../turn/offer.ts";
import { bold, listAgents, offerOf, withWords } from "./agent-words.ts";
import type { Command } from "./command.ts";
import { agentHere } from "./place.ts";

/** With the two that turn pages, as many buttons as fit on a telephone. */
const pageAgents = 6;

const readWords = (words: string): { readonly search: string; readonly page: number } => {
  const [, search = "", page] = /^([^]*?)\s*(?:\bpage\s+(\d{1,4}))?$/i.exec(words) ?? [];
  return { search: search.trim(), page: Number(page ?? 1) };
};

const turnTo = (label: string, search: string, page: number): Offer => ({
  label,
  line: `/agents ${search} page ${page}`.replaceAll(/\s+/g, " "),
});

export const agents: Command = {
  name: "agents",
  aliases: [],
  summary: "Choose the agent that this chat talks to",
  usage: "/agents [search words]",
  takesWords: true,
  who: "owner",
  when: "in-order",
  needs: "agent",
  answer: async (context) => {
    const { words } = context;
    const here = await agentHere(context);
    const { search, page: wanted } = readWords(words);
    const all = await listAgents(context);
    const found = search === "" ? all : withWords(search, all);
    if (found.length === 0) {
      return { text: `No agent is called ${literal(search)}. \`/agents\` lists all of them.`, inPlace: true };
    }
    const pages = Math.ceil(found.length / pageAgents);
    const page = Math.min(Math.max(wanted, 1), pages);
    const first = (page - 1) * pageAgents;
    const shown = found.slice(first, first + pageAgents);
    const part = pages === 1 ? "" : ` (${first + 1}–${first + shown.length} of ${found.length})`;
    const matching = search === "" ? "" : ` with ${literal(search)}`;
    return {
      text: `This chat talks to ${bold(here?.agentName ?? "nobody")}. Agents${matching}${part}:`,
      choices: [
        ...shown.map((agent) => offerOf(agent, all, here?.agentId)),
        ...(page > 1 ? [turnTo("‹ Back", search, page - 1)] : []),
        ...(page < pages ? [turnTo("More ›", search, page + 1)] : []),
      ],
      inPlace: true,
    };
  },
};
