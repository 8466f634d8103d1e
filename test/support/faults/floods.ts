/** More than anybody asked for. */
import { eventsIn, typeOf } from "./events.ts";
import { type InjectedFault, inTheStream } from "./fault.ts";

const gigabyte = 1_000_000_000;
const blockBytes = 64 * 1024;

const fill = Buffer.alloc(blockBytes, "x");

/** The same piece again and again, a gigabyte of it. */
async function* pour(piece: Buffer): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < gigabyte; sent += piece.length) yield piece;
}

/** Behind the first ping a gigabyte of this, then nothing. */
const flood = (name: string, piece: (ping: string) => Buffer): InjectedFault =>
  inTheStream(name, async function* (body) {
    for await (const text of eventsIn(body)) {
      yield text;
      if (typeOf(text) === "ping") return yield* pour(piece(text));
    }
  });

/** One event that does not end. */
export const endlessEvent = flood("a gigabyte in one event", () => fill);

/** Events of a kilobyte, each a word of the same message. */
export const endlessWords = flood("a gigabyte of words", (ping) => {
  const word = ping
    .replace(/"message_type": ?"ping"/, '"message_type":"assistant_message"')
    .replace(/"otid": ?null/, `"otid":"flood","content":"${"lorem ipsum ".repeat(80)}"`);
  return Buffer.from(word.repeat(60));
});

/** Events that say nothing. */
export const endlessPings = flood("a gigabyte of pings", (ping) => Buffer.from(ping.repeat(200)));

/** Comments, which are no events. */
export const endlessComments = flood("a gigabyte of comments", () =>
  Buffer.from(`: ${"x".repeat(1_000)}\n\n`.repeat(60)),
);

/** A JSON answer that does not end. */
export const endlessAnswer: InjectedFault = {
  name: "a gigabyte of JSON",
  strike: async (exchange) => {
    exchange.head(200, { "content-type": "application/json" });
    await exchange.write('[{"id":"');
    for await (const piece of pour(fill)) if (!(await exchange.write(piece))) return;
    exchange.end();
  },
};

/** The page of a refusal that does not end. */
export const endlessRefusal = (status: number): InjectedFault => ({
  name: `${status} with a gigabyte of text`,
  strike: async (exchange) => {
    exchange.head(status, { "content-type": "text/html" });
    for await (const piece of pour(fill)) if (!(await exchange.write(piece))) return;
    exchange.end();
  },
});

type Item = Readonly<Record<string, unknown>>;

/** A page is asked for behind the last thing of the one before, which no server knows here. */
const firstPage = (path: string): string => {
  const url = new URL(path, "http://letta");
  for (const cursor of ["after", "before"]) url.searchParams.delete(cursor);
  return url.pathname + url.search;
};

/**
 * A listing of which every page is full of new things: copies of the first one that the server lists, under ids of their
 * own and heavier by `padBytes` each.
 */
export const endlessPages = (padBytes = 0): InjectedFault => ({
  name: "pages without end",
  strike: async (exchange) => {
    const [item] = (await (await exchange.forward(firstPage(exchange.path))).json()) as readonly Item[];
    const kind = String(item?.["id"]).split("-")[0];
    const copy = (): Item => ({ ...item, id: `${kind}-${crypto.randomUUID()}`, pad: "x".repeat(padBytes) });
    exchange.head(200, { "content-type": "application/json" });
    await exchange.write(JSON.stringify(Array.from({ length: 100 }, copy)));
    exchange.end();
  },
});
