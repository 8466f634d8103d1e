/** The agent that a chat has for itself is made at its first turn, from the one that was chosen for all. */
import { ownAgentOf, type OwnAgent } from "../store/own-agents.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

/** An agent file is read and written, and tools are made with it. */
const makeTimeoutMs = 120_000;

const make = async ({ access, abort }: Session, own: OwnAgent): Promise<string> => {
  const within = AbortSignal.any([abort.signal, AbortSignal.timeout(makeTimeoutMs)]);
  return (await access.upstream.copyAgent(own.sourceAgentId, own.name, within)).id;
};

/** Puts the agent's id into the session, and into everything that waits for it, once there is one. Throws why there is none. */
export const createEnsureAgent = (deps: EngineDeps): ((session: Session) => Promise<void>) => {
  // A person may write in two chats at once, and gets one agent.
  const making = new Map<number, Promise<string>>();

  return async (session) => {
    const own = ownAgentOf(deps.store.db, session.turn.agentId);
    if (!own) return;
    let agentId = own.agentId;
    if (agentId === null) {
      const made = making.get(own.id) ?? make(session, own).finally(() => making.delete(own.id));
      making.set(own.id, made);
      const known = (agentId = await made);
      await durably(deps, session, () => deps.store.write.adoptAgent({ own: own.id, agentId: known }));
    }
    session.turn = { ...session.turn, agentId };
    session.target = { ...session.target, agent: agentId };
  };
};
