/** Server-sent events on their way through the proxy, each with the empty line that ends it. */
import type { Bytes } from "./exchange.ts";

const boundary = "\n\n";

/** Whole events as text; what follows the last one comes as it is. */
export async function* eventsIn(body: AsyncIterable<Bytes>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split(boundary);
    rest = parts.pop() ?? "";
    for (const part of parts) yield part + boundary;
  }
  if (rest !== "") yield rest;
}

/** An event as the server writes them. */
export const event = (data: unknown, name?: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}${boundary}`;

/** The message type in an event, however its JSON is spaced. */
export const typeOf = (text: string): string | undefined => /"message_type": ?"(\w+)"/.exec(text)?.[1];

/** The run that something the server said belongs to. */
export const runIn = (text: string): string | undefined => /"run_id": ?"([^"]+)"/.exec(text)?.[1];
