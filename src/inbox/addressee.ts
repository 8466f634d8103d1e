/** Whom a chat talks to that has chosen nobody; among strangers, each has an agent of their own. */
import type { BotAccess } from "../access/rules.ts";
import { Fault } from "../errors.ts";
import type { ConversationPolicy } from "../message.ts";
import type { House } from "../people/house.ts";
import type { Agent } from "../store/accounts.ts";
import { type Addressee, unknownAgent } from "../store/bindings.ts";

/** By the slug of its bot. */
export type Addressees = {
  /** By what is known now. The agent may be `unknownAgent`: nobody's message waits for Letta to be kept. */
  known(slug: string): Addressee;
  /** Asks Letta while no agent is known; throws why there is none. */
  find(slug: string): Promise<Addressee>;
};

export const createAddressees = (deps: {
  readonly house: Pick<House, "account" | "server" | "known" | "agents">;
  /** Which conversation a chat of the bot with this slug gets that has none yet. */
  readonly conversations: (slug: string) => ConversationPolicy;
  /** Who may talk to the bot with this slug. */
  readonly access: (slug: string) => BotAccess;
}): Addressees => {
  const { house } = deps;

  const addressee = (slug: string, agent: Pick<Agent, "agentId" | "name">): Addressee => {
    const { access, shareAgent } = deps.access(slug);
    return {
      accountId: house.account,
      server: house.server,
      agentId: agent.agentId,
      agentName: agent.name,
      conversation: deps.conversations(slug),
      unlessChosen: true,
      ...(access === "open" && !shareAgent ? { own: true } : {}),
    };
  };

  return {
    known: (slug) => addressee(slug, house.known()[0] ?? unknownAgent),
    find: async (slug) => {
      const [agent] = await house.agents();
      if (!agent) throw new Fault("letta_agent_missing", { message: "There is no agent to talk to." });
      return addressee(slug, agent);
    },
  };
};
