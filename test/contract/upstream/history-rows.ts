/** The stored messages of a conversation, oldest first. */
import type { Stage } from "./stage.ts";
import type { Message } from "./turn.ts";

export const listed = async (stage: Stage, agent: string, conversation = "default"): Promise<readonly Message[]> => {
  const path =
    conversation === "default"
      ? `/v1/agents/${agent}/messages?order=asc&limit=1000&conversation_id=default`
      : `/v1/conversations/${conversation}/messages?order=asc&limit=1000`;
  return (await stage.call("GET", path)).body as readonly Message[];
};

export const listedTypes = async (stage: Stage, agent: string, conversation?: string): Promise<readonly string[]> =>
  (await listed(stage, agent, conversation)).map(({ message_type }) => message_type);
