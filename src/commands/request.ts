/** From a line to what is asked of the store: which command it is, who may use it, what it changes, where it stands. */
import type { ChatKind } from "../message.ts";
import type { Agent } from "../store/accounts.ts";
import type { Addressee } from "../store/bindings.ts";
import type { CommandRequest } from "../store/commands.ts";
import { isProper } from "./answer.ts";
import type { Command } from "./command.ts";
import { type CommandLine, findCommand } from "./line.ts";

export type Asked = {
  /** Of the chat. */
  readonly kind: ChatKind;
  /** Whom the chat talks to while it has chosen nobody; asked for by commands that need an agent. Undefined: there is none yet. */
  readonly findAddressee: () => Promise<Addressee | undefined>;
  /** Whom it may choose. */
  readonly agents: () => readonly Agent[];
};

/** A line that names no command, or that its command does not take, is answered with advice at once and changes nothing. */
export const requestCommand = async (
  commands: readonly Command[],
  line: CommandLine,
  { kind, findAddressee, agents }: Asked,
): Promise<Omit<CommandRequest, "publicId">> => {
  const command = findCommand(commands, line.name);
  const base = { name: command?.name ?? line.name, inLane: false };
  if (!command || !isProper(command, line)) return { ...base, who: "anyone", trigger: "control" };
  const { needs, when, who } = command;
  const about = needs === "nothing" ? undefined : await findAddressee();
  // It need not wait for its place to hear that there is no agent: what it waits for may be the agent.
  if (needs !== "nothing" && !about) return { ...base, who, trigger: "control" };
  const change = command.change?.(line.words, { kind, agents: about ? agents() : [] });
  return {
    ...base,
    who,
    trigger: when === "at-once" ? "control" : "command",
    inLane: needs === "conversation",
    ...(change === undefined ? {} : { change }),
    ...(about ? { about } : {}),
  };
};
