/** `/start`: what somebody is shown first, by where they stand. */
import { literal } from "../render/literal.ts";
import { personById } from "../store/people.ts";
import { bold } from "./agent-words.ts";
import type { Command, CommandContext } from "./command.ts";
import { agentHere } from "./place.ts";

const greet = ({ store, person, chat }: CommandContext): string => {
  const name = person === null ? null : (personById(store.db, person)?.name ?? null);
  return name === null || chat.kind === "group" ? "Hello." : `Hello ${literal(name)}.`;
};

const whom = async (context: CommandContext): Promise<string> => {
  const agent = await agentHere(context);
  const problem = context.house.problem();
  if (!agent) return `There is no agent to talk to yet. ${problem?.message ?? ""}`.trim();
  const how =
    context.chat.kind === "group"
      ? `Address me, and ${bold(agent.agentName)} answers.`
      : `You talk to ${bold(agent.agentName)} here: whatever you write goes to it, and it remembers.`;
  return problem ? `${how} It cannot be reached right now (${problem.message}) Messages are kept until it can.` : how;
};

export const start: Command = {
  name: "start",
  aliases: [],
  summary: "Say what this bot is and how to begin",
  usage: "/start",
  // Links to a bot add words of their own.
  takesWords: true,
  who: "anyone",
  when: "in-order",
  needs: "nothing",
  answer: async (context) => ({
    text: [
      `${greet(context)} ${await whom(context)}`,
      ...(context.operates
        ? [
            "You are an operator of this bot: you choose its agents, and you are asked when something needs a yes or no.",
          ]
        : []),
      "`/new` begins a new conversation, `/stop` stops an answer, `/help` lists the rest.",
    ].join("\n\n"),
    choices: [
      { label: "Status", line: "/status" },
      { label: "Commands", line: "/help" },
      ...(context.operates ? [{ label: "Agents", line: "/agents" }] : []),
    ],
  }),
};
