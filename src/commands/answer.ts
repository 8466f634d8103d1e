/** What a command line is answered with. */
import { isAboutAccess, noticesOf } from "../access/notices.ts";
import { nearest } from "../nearest.ts";
import type { Changed } from "../store/changes.ts";
import { operatorsOf } from "../store/operators.ts";
import type { Command, CommandContext, CommandReply, Talk } from "./command.ts";
import { type CommandLine, findCommand } from "./line.ts";

/** Whether a line is one that its command takes; otherwise it is answered with the usage, and changes nothing. */
export const isProper = (command: Command, { words }: CommandLine): boolean => command.takesWords || words === "";

/** Who may, where the sender may not. */
const mayOnly = {
  anyone: "anybody",
  // Every account is the house's so far, and that is the operator's.
  owner: "the operator of this bot",
  "chat-admin": "an administrator of this group, or the operator of this bot",
  operator: "the operator of this bot",
} as const;

const forbid = ({ who, unsure }: Extract<Changed, { kind: "forbidden" }>, name: string): CommandReply => ({
  text: unsure
    ? `Nothing was done: only ${mayOnly[who]} may use \`/${name}\`, and I could not find out whether you are one. ` +
      "Please try again later."
    : `Nothing was done: only ${mayOnly[who]} may use \`/${name}\`.`,
});

const correct = ({ usage, summary }: Command): CommandReply => ({
  text: `Nothing was done: send \`${usage}\` and nothing behind it. (${summary}.)`,
});

const suggest = (commands: readonly Command[], name: string): CommandReply => {
  const meant = nearest(
    name,
    commands.flatMap(({ name: own, aliases }) => [own, ...aliases]),
  );
  const advice = meant === undefined ? "`/help` lists the commands." : `Did you mean \`/${meant}\`?`;
  return { text: `There is no command \`/${name}\`. ${advice}` };
};

/** It was accepted while no agent was known, or by a version in which it needed none. */
const withoutAgent = ({ name }: Command, { house }: Pick<CommandContext, "house">): CommandReply => {
  const advice = house.problem()?.message ?? "Please send it again.";
  return { text: `There was no agent to talk to when you sent \`/${name}\`. ${advice}` };
};

/** Throws what the command throws. `talk` is there for commands that need an agent. */
export const answerLine = async (
  line: CommandLine,
  context: Omit<CommandContext, "words">,
  talk: Talk | undefined,
): Promise<CommandReply> => {
  if (isAboutAccess(context.changed)) {
    const operators = operatorsOf(context.store.db, context.bot).map(({ chatId }) => chatId);
    return { ...noticesOf(context.changed, operators), inPlace: context.changed.kind === "decided" };
  }
  const command = findCommand(context.commands, line.name);
  if (!command) return suggest(context.commands, line.name);
  if (!isProper(command, line)) return correct(command);
  if (context.changed?.kind === "forbidden") return forbid(context.changed, command.name);
  const { words } = line;
  if (command.needs === "nothing") return command.answer({ ...context, words });
  if (!talk) return withoutAgent(command, context);
  return command.answer({ ...context, words, talk });
};
