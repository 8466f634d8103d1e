/** Listings that do not end. */
import { expect } from "bun:test";
import { defaultLimits } from "../../src/letta/limits.ts";
import type { Target, Upstream } from "../../src/letta/upstream.ts";
import { anyServer, type Case } from "../contract/upstream/case.ts";
import { endlessPages } from "../support/faults/floods.ts";
import { reads } from "../support/faults/requests.ts";
import { adapterAt, never, send, withProxy } from "./stand.ts";

type Known = { readonly target: Target; readonly run: string };
type List = (upstream: Upstream, known: Known) => Promise<unknown>;

const listings: Readonly<Record<string, List>> = {
  "the agents": (upstream) => upstream.listAgents({}, never()),
  "the runs since one": (upstream, { target }) => upstream.runsSince(target.agent, "run-of-old", never()),
  "the messages of a run": (upstream, { run }) => upstream.runFrames(run, never()),
};

/** What a history may bring in all, which is held until it is whole: as much as a turn, and the page that is too much. */
const mostBytes = defaultLimits.turnBytes * 2;

const list = (what: string, ask: List, padBytes: number): Case =>
  anyServer(`endless pages: ${what}${padBytes === 0 ? "" : ", each page as long as may be"}`, (stage) =>
    withProxy(stage, async (proxy) => {
      const target = { agent: await stage.agent(), conversation: "default" };
      const { frames } = await send(stage.upstream, target, "hello");
      const run = frames.find((frame) => frame.type === "run")?.runId ?? "";
      proxy.arm(endlessPages(padBytes), { on: reads, times: Number.POSITIVE_INFINITY });
      await expect(ask(adapterAt(proxy.url), { target, run })).rejects.toMatchObject({ code: "letta_too_much" });
      const pages = proxy.log();
      expect(pages.length).toBeLessThanOrEqual(defaultLimits.pages + 1);
      expect(pages.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(mostBytes);
    }),
  );

export const pages: readonly Case[] = [
  ...Object.entries(listings).map(([what, ask]) => list(what, ask, 0)),
  list("the messages of a run", (upstream, { run }) => upstream.runFrames(run, never()), 300_000),
];
