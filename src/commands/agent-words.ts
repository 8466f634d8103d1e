/** What people call agents, and which they mean. */
import { literal } from "../render/literal.ts";
import { type Agent, agentsOfAccount } from "../store/accounts.ts";
import type { Offer } from "../turn/offer.ts";
import type { CommandContext } from "./command.ts";
import { within } from "../pause.ts";

/** The server is asked for new ones; one that does not answer is not waited for. */
const lookMs = 3_000;

/** All agents that the chat may choose, in the order in which they are counted. */
export const listAgents = ({ house, store }: Pick<CommandContext, "house" | "store">): Promise<readonly Agent[]> =>
  within(lookMs, house.refresh()).then((agents) => agents ?? agentsOfAccount(store.db, house.account));

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

export const withWords = (words: string, agents: readonly Agent[]): readonly Agent[] =>
  agents.filter(({ name, agentId }) => `${name} ${agentId}`.toLowerCase().includes(words.toLowerCase()));

/** Whom these words may mean: an id, a name, a place in the list, or a part of a name; the first that names any. */
export const meantBy = (words: string, agents: readonly Agent[]): readonly Agent[] => {
  const [, place] = /^#?(\d{1,4})$/.exec(words) ?? [];
  const placed = place === undefined ? undefined : agents[Number(place) - 1];
  const readings = [
    agents.filter(({ agentId }) => agentId === words),
    agents.filter(({ name }) => same(name, words)),
    placed ? [placed] : [],
    withWords(words, agents),
  ];
  return readings.find((found) => found.length > 0) ?? [];
};

const labelChars = 40;
const clip = (name: string): string => (name.length > labelChars ? `${name.slice(0, labelChars - 1)}…` : name);

/** A button that chooses an agent; of two with one name the end of the id tells which. */
export const offerOf = (agent: Agent, agents: readonly Agent[], current: string | undefined): Offer => {
  const { agentId, name } = agent;
  const isAmbiguous = agents.some((other) => other.agentId !== agentId && other.name === name);
  const label = `${agentId === current ? "✓ " : ""}${clip(name)}${isAmbiguous ? ` (…${agentId.slice(-4)})` : ""}`;
  return { label, line: `/agent ${agentId}` };
};

export const bold = (name: string): string => `**${literal(name)}**`;
