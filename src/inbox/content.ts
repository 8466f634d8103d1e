/** What an event says, and what kind of thing that is to an agent. */
import { commandLineOf } from "../commands/line.ts";
import type { Inbound } from "../message.ts";
import type { InboxPayload } from "../store/inbox.ts";

/** A message, or what became of one; an edit that makes a command of a message is neither. */
export const isForAgent = (event: Inbound): boolean =>
  event.kind === "message" ||
  (event.kind === "edit" && event.about !== undefined && !commandLineOf({ ...event, kind: "message" }));

/** It does something to an earlier message or to the chat itself, whoever was spoken to. */
export const isAboutEarlier = ({ kind, about, membership }: Inbound): boolean =>
  (kind === "delete" && about !== undefined) || membership?.change === "moved";

/** The agent is told of it with the next message. */
export const isNotable = ({ kind, reaction }: Inbound): boolean =>
  kind === "reaction" && reaction !== undefined && reaction.added.length + reaction.removed.length > 0;

export const isEmpty = ({ text, files, attachments = [] }: Inbound): boolean =>
  text.trim() === "" && files.length === 0 && attachments.length === 0;

/** What is kept of an event's content. */
export const payloadOf = (event: Inbound): InboxPayload => {
  const { text, files, sender, addressed, attachments = [], quoted, forwardedFrom, album, about, reaction } = event;
  return {
    text,
    files,
    sender: { id: sender.id, ...(sender.name === undefined ? {} : { name: sender.name }) },
    ...(event.to.reply === undefined ? {} : { reply: event.to.reply }),
    ...(addressed ? {} : { addressed }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(quoted === undefined ? {} : { quoted }),
    ...(forwardedFrom === undefined ? {} : { forwardedFrom }),
    ...(album === undefined ? {} : { album }),
    ...(about === undefined ? {} : { about }),
    ...(reaction === undefined ? {} : { reaction }),
  };
};
