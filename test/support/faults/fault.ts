/** What a fault is: one thing that goes wrong with one exchange. Nothing but its own idea is different. */
import { type Bytes, type Exchange, headersOf } from "./exchange.ts";

export type InjectedFault = {
  /** What happens, in words for the name of a test. */
  readonly name: string;
  readonly strike: (exchange: Exchange) => Promise<void>;
};

/** In the place of a piece: the connection breaks here, or stays open and silent until the client has gone. */
export const tear: unique symbol = Symbol("tear");
export const hold: unique symbol = Symbol("hold");

/** A piece of an answer, which ends with its last one. */
export type Piece = Bytes | string | typeof tear | typeof hold;

export type Change = (body: AsyncIterable<Bytes>, exchange: Exchange) => AsyncIterable<Piece>;

export const untilGone = (gone: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (gone.aborted) resolve();
    gone.addEventListener("abort", () => resolve(), { once: true });
  });

/** Hands pieces on as they come. */
export const tell = async (exchange: Exchange, pieces: AsyncIterable<Piece> | Iterable<Piece>): Promise<void> => {
  for await (const piece of pieces) {
    if (piece === tear) return exchange.tear();
    if (piece === hold) return untilGone(exchange.gone);
    if (!(await exchange.write(piece))) return;
  }
  exchange.end();
};

async function* unchanged(body: AsyncIterable<Bytes>): AsyncGenerator<Piece> {
  yield* body;
}

const nothing = (async function* (): AsyncGenerator<Bytes> {})();

/** Passes the request and its answer on, the answer's body through `change`. */
export const passOn = async (exchange: Exchange, change: Change = unchanged): Promise<void> => {
  const answer = await exchange.forward();
  const headers = headersOf(answer.headers);
  // A changed body has another length.
  if (change !== unchanged) delete headers["content-length"];
  exchange.head(answer.status, headers);
  await tell(exchange, change((answer.body as AsyncIterable<Bytes> | null) ?? nothing, exchange));
};

/** A fault that changes what a server streams, and leaves its refusals alone. */
export const inTheStream = (name: string, change: Change): InjectedFault => ({
  name,
  strike: (exchange) => passOn(exchange, change),
});
