/** From a line to what is asked of the store: which command it is, what it changes, where it stands. */
import type { Addressee } from "../store/bindings.ts";
import type { CommandRequest } from "../store/commands.ts";
import { isProper } from "./answer.ts";
import type { Command } from "./command.ts";
import { type CommandLine, findCommand } from "./line.ts";

/**
 * A line that names no command, or that its command does not take, is answered with advice at once and changes nothing.
 * `findAddressee` is asked for commands that need an agent only.
 */
export const requestCommand = async (
  commands: readonly Command[],
  line: CommandLine,
  findAddressee: () => Promise<Addressee>,
): Promise<Omit<CommandRequest, "publicId">> => {
  const command = findCommand(commands, line.name);
  const base = { name: command?.name ?? line.name, inLane: false };
  if (!command || !isProper(command, line)) return { ...base, trigger: "control" };
  const { needs, when } = command;
  const change = command.change?.(line.words);
  return {
    ...base,
    trigger: when === "at-once" ? "control" : "command",
    inLane: needs === "conversation",
    ...(change === undefined ? {} : { change }),
    ...(needs === "nothing" ? {} : { about: await findAddressee() }),
  };
};
