/** What a reader makes of an event stream. */
import type { StreamedEvent } from "../support/event-stream.ts";

/** What a reader has of a turn: the agent's messages, each grown from pieces unless a whole one replaced them. */
export const createTranscript = () => {
  const messages = new Map<string, string>();
  let lastId: string | undefined;
  /** The message that the last piece belonged to. */
  let last = "";
  return {
    get lastId() {
      return lastId;
    },
    /** Answers the event that ends the turn. */
    take: (id: string | undefined, event: StreamedEvent): StreamedEvent | undefined => {
      lastId = id ?? lastId;
      if (event.uuid !== undefined && (event.type === "assistant" || event.type === "reasoning")) {
        if (event.replace) messages.delete(last);
        last = event.uuid;
        if (event.type === "assistant" && event.content) messages.set(last, (messages.get(last) ?? "") + event.content);
      }
      return event.type === "result" ? event : undefined;
    },
    text: (): string => [...messages.values()].join("\n\n"),
  };
};
