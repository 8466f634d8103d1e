/** The reader's side of server-sent events. */

export type StreamedEvent = {
  /** Its place in the turn. */
  readonly id?: string;
  readonly type: string;
  readonly uuid?: string;
  readonly content?: string;
  readonly replace?: true;
  readonly success?: boolean;
  readonly errorCode?: string;
  readonly error?: string;
  readonly runIds?: readonly string[];
};

const field = (frame: string, name: string): string | undefined =>
  frame
    .split("\n")
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

/** Events with their ids; comments are left out, and so is what a cut leaves of a frame. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly id: string | undefined; readonly event: StreamedEvent }> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const frames = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = field(frame, "data");
      if (data === undefined) continue;
      const event = JSON.parse(data) as StreamedEvent;
      yield { id: field(frame, "id") ?? event.id, event };
    }
  }
}
