/** Server-sent events, read within bounds. */
import { Fault } from "../errors.ts";
import { createFramer } from "./framer.ts";
import type { Limits } from "./limits.ts";
import { onSilence } from "../pause.ts";

/** One server-sent event: its name where it has one, and its data. */
export type ServerEvent = { readonly name: string | undefined; readonly data: string };

/** What comes behind the colon of a field, and the one space there may be. */
const valueOf = (line: string, field: string): string | undefined => {
  if (!line.startsWith(field)) return undefined;
  const rest = line.slice(field.length);
  return rest.startsWith(": ") ? rest.slice(2) : rest.startsWith(":") ? rest.slice(1) : undefined;
};

/** The events of a text that holds whole ones. Comments and fields that nobody knows are nothing. */
export const parseEvents = (text: string): readonly ServerEvent[] =>
  text.split(/\r?\n\r?\n/).flatMap((block) => {
    const data: string[] = [];
    let name: string | undefined;
    for (const line of block.split(/\r?\n/)) {
      const value = valueOf(line, "data");
      if (value === undefined) name = valueOf(line, "event") ?? name;
      else data.push(value);
    }
    return data.length === 0 ? [] : [{ name, data: data.join("\n") }];
  });

const isDone = ({ data }: ServerEvent): boolean => data.startsWith("[DONE]");

const silence = "Letta went silent in the middle of an answer.";

/**
 * The events of a stream up to `[DONE]`. It fails with `letta_too_much` beyond the limits and with `letta_cut` after a
 * silence, and ends at most `graceMs` after `[DONE]`, even when the other end stays.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  limits: Limits,
): AsyncGenerator<ServerEvent, void> {
  const framer = createFramer(limits);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // The other end learns that nobody reads any more; that it may be gone already does not matter here.
  const leave = () => reader.cancel().catch(() => undefined);
  let silent = false;
  const giveUp = (): void => {
    silent = true;
    void leave();
  };
  let ear = onSilence(limits.silenceMs, giveUp);
  try {
    for (;;) {
      const wasOver = framer.over();
      if (!wasOver) ear.heard();
      const { done, value } = await reader.read();
      if (done) break;
      const whole = framer.push(value);
      if (whole) for (const event of parseEvents(decoder.decode(whole))) if (!isDone(event)) yield event;
      if (wasOver || !framer.over()) continue;
      ear.stop();
      ear = onSilence(limits.graceMs, giveUp);
    }
    if (silent && !framer.over()) throw new Fault("letta_cut", { message: silence });
  } finally {
    ear.stop();
    await leave();
  }
}
