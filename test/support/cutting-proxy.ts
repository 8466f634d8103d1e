/** A proxy in front of a Letta server that breaks connections where the test says, each post decided by itself. */
import { cutAfter, lostAnswer, lostRequest } from "./faults/cuts.ts";
import { type InjectedFault, passOn } from "./faults/fault.ts";
import { startFaultProxy } from "./faults/proxy.ts";
import { posts } from "./faults/requests.ts";

export type Cut =
  /** Pass everything on. */
  | "none"
  /** Drop the request before the server sees it. */
  | "before"
  /** Let the server have the request, then cut before any answer. */
  | "after-request"
  /** Cut once this many bytes of the answer have passed. */
  | { readonly afterBytes: number };

export type CuttingProxy = {
  readonly url: string;
  /** Decides what happens to each message post; everything else passes. */
  cut(decide: (post: number) => Cut): void;
  /** How many message posts the server saw. */
  readonly posts: () => number;
  stop(): Promise<void>;
};

const strike = (cut: Cut): InjectedFault["strike"] => {
  if (cut === "none") return passOn;
  if (cut === "before") return lostRequest.strike;
  if (cut === "after-request") return lostAnswer.strike;
  return cutAfter(cut.afterBytes).strike;
};

const cutNothing = (): Cut => "none";

export const startCuttingProxy = async (target: () => string): Promise<CuttingProxy> => {
  let decide: (post: number) => Cut = cutNothing;
  let attempts = 0;
  const proxy = await startFaultProxy(target);
  const cut: InjectedFault = { name: "cut", strike: (exchange) => strike(decide((attempts += 1)))(exchange) };
  proxy.arm(cut, { on: posts, times: Number.POSITIVE_INFINITY });
  return {
    url: proxy.url,
    cut: (next) => {
      decide = next;
    },
    posts: () => proxy.log().filter((passed) => posts(passed) && passed.reached).length,
    stop: proxy.stop,
  };
};
