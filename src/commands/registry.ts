/** Every command, one line each, in the order in which they are listed. */
import type { Command } from "./command.ts";
import { compact } from "./compact.ts";
import { help } from "./help.ts";
import { newConversation } from "./new.ts";
import { persona } from "./persona.ts";
import { stop } from "./stop.ts";

export const commands: readonly Command[] = [
  newConversation, // begins a new conversation
  compact, // makes the present one shorter
  persona, // shows and changes what is kept about whoever asks
  stop, // ends what runs and waits
  help, // lists these
];
