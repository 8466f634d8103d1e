/** Servers that fall silent and stay. */
import { eventsIn, typeOf } from "./events.ts";
import { hold, type InjectedFault, inTheStream, passOn, untilGone } from "./fault.ts";

/** The server has the request and says nothing at all. */
export const noAnswer: InjectedFault = {
  name: "silence instead of an answer",
  strike: async (exchange) => {
    await exchange.forward();
    await untilGone(exchange.gone);
  },
};

/** Silence behind the first event of this type. */
export const silenceAfter = (type: string): InjectedFault =>
  inTheStream(`silence after the first ${type}`, async function* (body) {
    for await (const event of eventsIn(body)) {
      yield event;
      if (typeOf(event) === type) yield hold;
    }
  });

/** Silence in the middle of an answer that is no stream. */
export const silenceInside: InjectedFault = {
  name: "silence in the middle of an answer",
  strike: (exchange) =>
    passOn(exchange, async function* (body) {
      for await (const bytes of body) {
        yield bytes.subarray(0, Math.ceil(bytes.length / 2));
        yield hold;
      }
    }),
};

/** Only pings come any more, as from a server whose run died under the stream. */
export const onlyPings = (everyMs: number): InjectedFault =>
  inTheStream("nothing comes but pings", async function* (body) {
    for await (const event of eventsIn(body)) {
      if (typeOf(event) !== "ping") continue;
      for (;;) {
        yield event;
        await Bun.sleep(everyMs);
      }
    }
  });
