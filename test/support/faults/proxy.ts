/**
 * A proxy in front of any Letta server. Everything passes byte for byte, but for the requests that a fault was armed for.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Exchange, openExchange } from "./exchange.ts";
import { type InjectedFault, passOn } from "./fault.ts";
import type { Asked, Which } from "./requests.ts";

/** What the proxy did with one request. */
export type Passed = Asked & {
  /** The fault that struck it. */
  readonly fault: string | null;
  /** Whether the server was given it. */
  readonly reached: boolean;
  /** Bytes of the answer's body that went out. */
  readonly bytes: number;
};

export type Arming = {
  readonly on: Which;
  /** Nothing before such a request is struck. */
  readonly after?: Which;
  /** The first of the matching requests from then on that is struck, counted from 1, which it is unless set. */
  readonly nth?: number;
  /** How many of them are struck; one unless set. */
  readonly times?: number;
};

export type FaultProxy = {
  readonly url: string;
  /** Of several armed faults the one that was armed first and still has something to strike does. */
  arm(fault: InjectedFault, arming: Arming): void;
  /** Lets everything pass again. */
  disarm(): void;
  /** Every request so far, in the order they came. */
  readonly log: () => readonly Passed[];
  stop(): Promise<void>;
};

type Armed = { readonly fault: InjectedFault; readonly on: Which; after: Which | null; first: number; left: number };

/** The fault that strikes this request, counted down; nothing when it passes. */
const choose = (armed: readonly Armed[], asked: Asked): InjectedFault | undefined => {
  const ready = armed.filter(({ after }) => after === null);
  for (const one of armed) if (one.after?.(asked)) one.after = null;
  for (const one of ready) {
    if (one.left === 0 || !one.on(asked)) continue;
    if (one.first > 1) {
      one.first -= 1;
      continue;
    }
    one.left -= 1;
    return one.fault;
  }
  return undefined;
};

/** `target` is the server's base URL; it may be a server that is gone by then. */
export const startFaultProxy = async (target: () => string): Promise<FaultProxy> => {
  let armed: readonly Armed[] = [];
  const log: (() => Passed)[] = [];

  const pass = async (exchange: Exchange): Promise<void> => {
    const { method, path } = exchange;
    const fault = choose(armed, exchange);
    const name = fault?.name ?? null;
    log.push(() => ({ method, path, fault: name, reached: exchange.forwarded(), bytes: exchange.taken() }));
    try {
      await (fault ? fault.strike(exchange) : passOn(exchange));
    } catch {
      // The server broke off, or the client has gone: whoever is still there learns of it the same way.
      exchange.tear();
    }
  };

  const server = createServer((request, response) => {
    openExchange(request, response, target()).then(pass, () => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arm: (fault, { on, after = null, nth = 1, times = 1 }) => {
      armed = [...armed, { fault, on, after, first: nth, left: times }];
    },
    disarm: () => {
      armed = [];
    },
    log: () => log.map((one) => one()),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
