/** Events that are lost, or come again, between the server's run and its stream: in the background they pass through Redis. */
import { eventsIn, typeOf } from "./events.ts";
import { type InjectedFault, inTheStream } from "./fault.ts";

const isWord = (text: string): boolean => typeOf(text) === "assistant_message";

/** The nth piece of what the agent says never comes. */
export const wordLost = (nth: number): InjectedFault =>
  inTheStream(`the stream loses word ${nth}`, async function* (body) {
    let words = 0;
    for await (const text of eventsIn(body)) if (!isWord(text) || (words += 1) !== nth) yield text;
  });

/** The last piece never comes, but what ends the stream does. */
export const lastWordLost: InjectedFault = inTheStream("the stream loses its last word", async function* (body) {
  let held = "";
  for await (const text of eventsIn(body)) {
    if (held !== "" && isWord(text)) yield held;
    held = isWord(text) ? text : "";
    if (!isWord(text)) yield text;
  }
});

export const wordsTwice: InjectedFault = inTheStream("every word comes twice", async function* (body) {
  for await (const text of eventsIn(body)) {
    yield text;
    if (isWord(text)) yield text;
  }
});
