import type { Store } from "../../src/store/store.ts";

/** Accepts the request of a program, as the API does; answers the number of its turn. */
export const acceptRequest = async (store: Store, text: string): Promise<number> => {
  const accepted = await store.write.acceptEvent({
    at: 1,
    botId: 1,
    keys: ["key"],
    chat: { key: "api:1", kind: "api", tokenId: 1 },
    kind: "message",
    sentAt: 1,
    payload: { text, files: [] },
    turn: {
      publicId: "turn_1",
      trigger: "api",
      accountId: 1,
      server: "http://letta",
      agentId: "agent-1",
      agentName: "one",
      conversation: "per-chat",
      merges: false,
      dueAt: 1,
    },
  });
  if (accepted.outcome !== "queued") throw new Error(accepted.outcome);
  return accepted.turn;
};
