/** Every command, one line each, in the order in which they are listed. */
import { ack } from "./ack.ts";
import { agent } from "./agent.ts";
import { agents } from "./agents.ts";
import { approve } from "./approve.ts";
import type { Command } from "./command.ts";
import { compact } from "./compact.ts";
import { debounce } from "./debounce.ts";
import { deny } from "./deny.ts";
import { group } from "./group.ts";
import { help } from "./help.ts";
import { newConversation } from "./new.ts";
import { persona } from "./persona.ts";
import { reasoning } from "./reasoning.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { timezone } from "./timezone.ts";
import { whoami } from "./whoami.ts";

export const commands: readonly Command[] = [
  start, // says what this is
  newConversation, // begins a new conversation
  compact, // makes the present one shorter
  stop, // ends what runs and waits
  status, // tells how things stand
  agents, // lists whom the chat may talk to
  agent, // chooses one of them
  persona, // shows and changes what is kept about whoever asks
  whoami, // tells who they are
  timezone, // sets their time zone
  reasoning, // shows what the agent thinks
  ack, // marks messages that are worked on
  debounce, // lets messages wait for more
  group, // sets what is done in a group
  approve, // allows what waits
  deny, // refuses what waits
  help, // lists these
];
