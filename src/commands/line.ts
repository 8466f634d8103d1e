/** What somebody typed, read as a command. */
import type { Inbound } from "../message.ts";
import type { Command } from "./command.ts";

export type CommandLine = {
  /** As it was typed, without the slash. */
  readonly name: string;
  /** What stands behind it, trimmed. */
  readonly words: string;
};

/** A slash, a word and no more: `/etc/hosts` is none, nor is what names another bot (`/new@other`). */
const shape = /^\/(\p{L}[\p{L}\p{N}_-]{0,63})(?:\s+([^]*))?$/u;

const readLine = (text: string): CommandLine | undefined => {
  const [, name, words = ""] = shape.exec(text.trim()) ?? [];
  return name === undefined ? undefined : { name, words: words.trim() };
};

/**
 * The command in an event: a message that begins with one, or an event of kind `command`, whose text may lack the slash.
 * A message with files is none, because nobody would look at them; nor is what somebody else wrote and was passed on.
 */
export const commandLineOf = (
  event: Pick<Inbound, "kind" | "text" | "files" | "forwardedFrom">,
): CommandLine | undefined => {
  const { kind, text, files, forwardedFrom } = event;
  if (kind === "command") return readLine(text.startsWith("/") ? text : `/${text}`);
  if (forwardedFrom !== undefined) return undefined;
  return kind === "message" && files.length === 0 ? readLine(text) : undefined;
};

const folded = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** The command of this name or alias; capitals, and underscores for hyphens, do not matter. */
export const findCommand = (commands: readonly Command[], name: string): Command | undefined =>
  commands.find((command) => [command.name, ...command.aliases].includes(folded(name)));
