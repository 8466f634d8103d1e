/** The reader's side of the event stream. */

export type StreamedEvent = {
  readonly type: string;
  /** Its place in the turn, behind which a stream that was cut is taken up. */
  readonly id?: string;
  readonly uuid?: string;
  readonly content?: string;
  readonly replace?: true;
  readonly success?: boolean;
  readonly errorCode?: string;
  readonly error?: string;
  readonly runIds?: readonly string[];
};

export type Streamed = { readonly id: string | undefined; readonly event: StreamedEvent | undefined };

const field = (frame: string, name: string): string | undefined =>
  frame
    .split("\n")
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

/** Whole frames; what a cut leaves of one is dropped. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Streamed> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const frames = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = field(frame, "data");
      const event = data === undefined ? undefined : (JSON.parse(data) as StreamedEvent);
      yield { id: event?.id ?? field(frame, "id"), event };
    }
  }
}

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
    take: (id: string | undefined, event: StreamedEvent | undefined): StreamedEvent | undefined => {
      lastId = id ?? lastId;
      if (event?.uuid !== undefined && (event.type === "assistant" || event.type === "reasoning")) {
        if (event.replace) messages.delete(last);
        last = event.uuid;
        if (event.type === "assistant") messages.set(last, (messages.get(last) ?? "") + (event.content ?? ""));
      }
      return event?.type === "result" ? event : undefined;
    },
    text: (): string => [...messages.values()].join("\n\n"),
  };
};
