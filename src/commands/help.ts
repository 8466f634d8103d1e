/** `/help`: the commands there are. */
import type { Command } from "./command.ts";

const line = ({ usage, summary }: Command): string => `\`${usage}\` – ${summary}`;

export const help: Command = {
  name: "help",
  aliases: ["commands"],
  summary: "List the commands",
  usage: "/help",
  // Somebody who asks for help gets it, however it was asked.
  takesWords: true,
  who: "anyone",
  when: "at-once",
  needs: "nothing",
  answer: ({ commands }) => ({
    text: [...commands.map(line), "Everything else goes to the agent."].join("\n\n"),
  }),
};
