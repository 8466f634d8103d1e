/** The same bytes in other pieces. Nothing is wrong with what they say. */
import { type InjectedFault, inTheStream } from "./fault.ts";

/** Long enough for the other side to read one piece before the next. */
const apartMs = 1;

const isInside = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Every character of several bytes comes in several pieces. */
export const splitCharacters: InjectedFault = inTheStream(
  "characters of several bytes come in pieces",
  async function* (body) {
    for await (const bytes of body) {
      let from = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        if (!isInside(bytes[at] ?? 0)) continue;
        yield bytes.subarray(from, at);
        await Bun.sleep(apartMs);
        from = at;
      }
      yield bytes.subarray(from);
    }
  },
);

/** A few bytes at a time, with a pause between them. */
export const slowDrip = (count: number, pauseMs = apartMs): InjectedFault =>
  inTheStream(`the answer drips, ${count} bytes at a time`, async function* (body) {
    for await (const bytes of body) {
      for (let from = 0; from < bytes.length; from += count) {
        yield bytes.subarray(from, from + count);
        await Bun.sleep(pauseMs);
      }
    }
  });

/** White space in front of JSON, without end: something always comes, and it says nothing. */
export const endlessDrip: InjectedFault = {
  name: "an answer drips without end",
  strike: async (exchange) => {
    exchange.head(200, { "content-type": "application/json" });
    while (await exchange.write(" ")) await Bun.sleep(apartMs);
  },
};
