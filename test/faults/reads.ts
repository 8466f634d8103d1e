/** Requests that only ask, struck: what our adapter makes of each. */
import { expect } from "bun:test";
import { type FaultCode, catalogue } from "../../src/errors.ts";
import { defaultLimits, type Limits } from "../../src/letta/limits.ts";
import type { Target, Upstream } from "../../src/letta/upstream.ts";
import { anyServer, type Case } from "../contract/upstream/case.ts";
import { cutAfter, lostAnswer, lostRequest } from "../support/faults/cuts.ts";
import type { InjectedFault } from "../support/faults/fault.ts";
import { endlessAnswer, endlessRefusal } from "../support/faults/floods.ts";
import { endlessDrip, slowDrip } from "../support/faults/pieces.ts";
import { htmlPage, tooMany } from "../support/faults/refusals.ts";
import { anything } from "../support/faults/requests.ts";
import { noAnswer, silenceInside } from "../support/faults/silences.ts";
import { adapterAt, key, never, send, withProxy } from "./stand.ts";

type Known = { readonly target: Target; readonly run: string };
type Ask = (upstream: Upstream, known: Known) => Promise<unknown>;

/** Everything the adapter asks a server. A cancel says the same however often it is repeated. */
export const asks: Readonly<Record<string, Ask>> = {
  check: (upstream) => upstream.check(never()),
  listAgents: (upstream) => upstream.listAgents({ name: "nobody" }, never()),
  retrieveAgent: (upstream, { target }) => upstream.retrieveAgent(target.agent, never()),
  run: (upstream, { run }) => upstream.run(run, never()),
  runFrames: (upstream, { run }) => upstream.runFrames(run, never()),
  runsSince: (upstream, { target }) => upstream.runsSince(target.agent, null, never()),
  newestRun: (upstream, { target }) => upstream.newestRun(target.agent, never()),
  openApprovals: (upstream, { target }) => upstream.openApprovals(target, never()),
  cancel: (upstream, { target, run }) => upstream.cancel(target, run, never()),
};

/** Limits for a server of this pace. */
type LimitsAt = (pace: number) => Partial<Limits>;

type Row = readonly [fault: InjectedFault, code: FaultCode | "fine", limits?: LimitsAt];

const soonSilent: LimitsAt = (pace) => ({ silenceMs: 600 * pace });
const soonLate: LimitsAt = (pace) => ({ answerMs: 600 * pace });

const rows: readonly Row[] = [
  [lostRequest, "letta_overloaded"],
  [lostAnswer, "letta_overloaded"],
  [cutAfter(1), "letta_overloaded"],
  [noAnswer, "letta_overloaded", soonSilent],
  [silenceInside, "letta_overloaded", soonSilent],
  [slowDrip(64), "fine"],
  [endlessDrip, "letta_overloaded", soonLate],
  [htmlPage(200), "letta_refused"],
  [htmlPage(502), "letta_overloaded"],
  [htmlPage(503), "letta_overloaded"],
  [htmlPage(522), "letta_overloaded"],
  [tooMany(), "letta_rate_limited"],
  [tooMany({ "retry-after": "12" }), "letta_rate_limited"],
  [endlessAnswer, "letta_too_much"],
  [endlessRefusal(401), "letta_rejected"],
  [endlessRefusal(503), "letta_overloaded"],
];

/** What may be on its way between two sockets when the reader leaves. */
const underwayBytes = 24 * 1024 * 1024;

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code ?? error;

const strike = ([fault, code, limits]: Row): Case =>
  anyServer(`a read: ${fault.name}`, (stage) =>
    withProxy(stage, async (proxy) => {
      const target = { agent: await stage.agent(), conversation: "default" };
      const { frames } = await send(stage.upstream, target, "hello");
      const known = { target, run: frames.find((frame) => frame.type === "run")?.runId ?? "" };
      const outcomes: Record<string, unknown> = {};
      for (const [name, ask] of Object.entries(asks)) {
        proxy.disarm();
        proxy.arm(fault, { on: anything });
        const error = await ask(adapterAt(proxy.url, limits?.(stage.pace)), known).then(
          () => "fine",
          (thrown: unknown) => thrown,
        );
        outcomes[name] = codeOf(error);
        expect(Bun.inspect(error)).not.toMatch(new RegExp(`${key}|Ray ID`));
      }
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(asks).map((name) => [name, code])));
      for (const { bytes } of proxy.log()) expect(bytes).toBeLessThan(defaultLimits.turnBytes + underwayBytes);
      if (code !== "fine" && code !== "letta_rejected" && code !== "letta_refused") {
        // Whatever became of a read, another one does no harm, unless it would be as long again.
        expect(catalogue[code].verdict).toBe(code === "letta_too_much" ? "uncertain" : "retry");
      }
    }),
  );

export const reads: readonly Case[] = rows.map(strike);
