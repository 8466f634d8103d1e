/** Connections that break: before the request, after it, or anywhere in the answer. */
import { type Change, type InjectedFault, inTheStream, tear } from "./fault.ts";

/** The server never learns of the request. */
export const lostRequest: InjectedFault = {
  name: "the connection breaks before the server has the request",
  strike: async (exchange) => exchange.tear(),
};

/** The server has the request and nobody hears what it says to it. */
export const lostAnswer: InjectedFault = {
  name: "the connection breaks before the first byte of the answer",
  strike: async (exchange) => {
    await exchange.forward();
    exchange.tear();
  },
};

/** How many bytes pass before the break, given all bytes so far; nothing as long as the place has not come. */
type FindPlace = (soFar: Buffer) => number | undefined;

const cutAt = (findPlace: FindPlace): Change =>
  async function* (body) {
    let soFar: Buffer = Buffer.alloc(0);
    for await (const bytes of body) {
      const passed = soFar.length;
      soFar = Buffer.concat([soFar, bytes]);
      const place = findPlace(soFar);
      if (place === undefined) {
        yield bytes;
        continue;
      }
      yield bytes.subarray(0, Math.max(0, place - passed));
      yield tear;
      return;
    }
  };

export const cutAfter = (count: number): InjectedFault =>
  inTheStream(
    `the connection breaks after ${count} bytes of the answer`,
    cutAt((soFar) => (soFar.length >= count ? count : undefined)),
  );

/** Breaks in the middle of the event in which `text` comes first. */
export const cutInside = (text: string): InjectedFault =>
  inTheStream(
    `the connection breaks in the middle of ${text}`,
    cutAt((soFar) => {
      const at = soFar.indexOf(text);
      return at === -1 ? undefined : at + Math.ceil(text.length / 2);
    }),
  );

const isLead = (byte: number): boolean => byte >= 0xc0;

/** Breaks behind the first byte of the first character that has several. */
export const cutInsideCharacter: InjectedFault = inTheStream(
  "the connection breaks inside a character of several bytes",
  cutAt((soFar) => {
    const at = soFar.findIndex(isLead);
    return at === -1 ? undefined : at + 1;
  }),
);
