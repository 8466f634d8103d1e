/** `/new`: the chat goes on in a new conversation of the same agent. */
import type { Command } from "./command.ts";

const memory = (agent: string): string => `${agent} keeps its memory, but no longer sees what was said here before.`;

/** What is told, by what the chat has left. */
const words = {
  chat: (agent: string) => `A new conversation begins. ${memory(agent)}`,
  person: (agent: string) => `A new conversation begins, in all your direct chats with ${agent}. ${memory(agent)}`,
  shared: (agent: string) =>
    "A new conversation begins, and it is this chat's own: the one that it shared until now goes on without it. " +
    memory(agent),
  fresh: () => "This conversation is new already: nothing was said in it yet.",
} as const;

export const newConversation: Command = {
  name: "new",
  aliases: ["reset", "clear"],
  summary: "Begin a new conversation; the agent keeps its memory",
  usage: "/new",
  takesWords: false,
  who: "chat-admin",
  when: "in-order",
  needs: "agent",
  change: () => ({ kind: "renew" }),
  answer: ({ changed, talk }) => ({
    text: words[changed?.kind === "renewed" ? changed.left : "fresh"](talk.agent.name),
  }),
};
