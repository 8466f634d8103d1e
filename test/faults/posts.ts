/** A post to the agent, struck: what our adapter makes of it. */
import { expect } from "bun:test";
import type { FaultCode, Verdict } from "../../src/errors.ts";
import { defaultLimits, type Limits } from "../../src/letta/limits.ts";
import { anyServer, type Case } from "../contract/upstream/case.ts";
import { cutAfter, cutInside, cutInsideCharacter, lostAnswer, lostRequest } from "../support/faults/cuts.ts";
import { endInside, errorAfterStop, stopTwice, withoutDone, withoutStop } from "../support/faults/endings.ts";
import type { InjectedFault } from "../support/faults/fault.ts";
import { endlessComments, endlessEvent, endlessPings, endlessRefusal, endlessWords } from "../support/faults/floods.ts";
import { slowDrip, splitCharacters } from "../support/faults/pieces.ts";
import {
  type Conflict,
  conflict,
  conflicts,
  deadlock,
  htmlPage,
  htmlPageAfterwards,
  pendingApproval,
  repeatedByProxy,
  tooMany,
} from "../support/faults/refusals.ts";
import { posts as onPosts } from "../support/faults/requests.ts";
import { noAnswer, onlyPings, silenceAfter } from "../support/faults/silences.ts";
import { adapterAt, key, said, send, silenceMs, textOf, withProxy } from "./stand.ts";

type Want = {
  /** What is thrown in the end; nothing when the post came to its end. */
  readonly code?: FaultCode;
  readonly verdict?: Verdict;
  /** How much of the answer was heard. */
  readonly text: "whole" | "part" | "none";
  /** Whether the fault names a run: the one that was heard of, or another. */
  readonly run?: "heard" | "named" | "none";
  readonly retryAfterMs?: number | undefined;
  readonly stops?: number;
};

/** Limits for a server of this pace: the simulator answers at once, a real one takes its time for the first byte. */
type LimitsAt = (pace: number) => Partial<Limits>;

type Row = readonly [fault: InjectedFault, want: Want, limits?: LimitsAt];

const soonSilent: LimitsAt = (pace) => ({ silenceMs: silenceMs(pace) });

const cut = { code: "letta_cut", verdict: "uncertain" } as const;
const limited = { code: "letta_rate_limited", verdict: "retry", text: "none", run: "none" } as const;
const busy = { code: "letta_busy", verdict: "retry", text: "none" } as const;
const tooMuch = { code: "letta_too_much", verdict: "uncertain", run: "heard" } as const;
const whole = { text: "whole" } as const;

/** Statuses of proxies on the way, which do not tell whether the server has the request. */
const unclear = [500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530];

const runOfConflict = (kind: Conflict): "named" | "none" =>
  JSON.stringify(conflicts[kind]).includes("run-") ? "named" : "none";

const rows: readonly Row[] = [
  [lostRequest, { ...cut, text: "none", run: "none" }],
  [lostAnswer, { ...cut, text: "none", run: "none" }],
  [cutAfter(1), { ...cut, text: "none", run: "none" }],
  [cutInside("ping"), { ...cut, text: "none", run: "none" }],
  [cutInside("assistant_message"), { ...cut, text: "part" }],
  [cutInside("stop_reason"), { ...cut, text: "part" }],
  [endInside("assistant_message"), { ...cut, text: "none", run: "heard" }],
  [endInside("stop_reason"), { ...cut, text: "whole", run: "heard" }],
  [endInside("usage_statistics"), { ...whole, stops: 1 }],
  [splitCharacters, { ...whole, stops: 1 }],
  [slowDrip(16), { ...whole, stops: 1 }],
  [noAnswer, { ...cut, text: "none", run: "none" }, soonSilent],
  [silenceAfter("ping"), { ...cut, text: "none", run: "heard" }, soonSilent],
  [silenceAfter("assistant_message"), { ...cut, text: "part", run: "heard" }, soonSilent],
  [silenceAfter("stop_reason"), { ...whole, stops: 1 }, soonSilent],
  [withoutDone, { ...whole, stops: 1 }],
  [withoutStop, { ...cut, text: "whole", run: "heard" }],
  [stopTwice, { ...whole, stops: 2 }],
  [errorAfterStop, { ...whole, stops: 1 }],
  ...unclear.map((status): Row => [htmlPage(status), { ...cut, text: "none", run: "none" }]),
  [htmlPageAfterwards(524), { ...cut, text: "none", run: "none" }],
  [htmlPage(503), { code: "letta_overloaded", verdict: "retry", text: "none", run: "none" }],
  ...(Object.keys(conflicts) as Conflict[]).map((kind): Row => [conflict(kind), { ...busy, run: runOfConflict(kind) }]),
  [deadlock(), { ...busy, retryAfterMs: 1_000 }],
  [pendingApproval, { code: "letta_awaiting_approval", verdict: "retry", text: "none" }],
  [repeatedByProxy, { ...busy, run: "named" }],
  [tooMany(), { ...limited, retryAfterMs: undefined }],
  [tooMany({ "retry-after": "12" }), { ...limited, retryAfterMs: 12_000 }],
  [tooMany({ "retry-after-ms": "40" }), { ...limited, retryAfterMs: 40 }],
  [tooMany({ "retry-after": "0" }), { ...limited, retryAfterMs: 0 }],
  [endlessEvent, { ...tooMuch, text: "none" }],
  [endlessWords, { ...tooMuch, text: "part" }],
  [endlessPings, { ...tooMuch, text: "none" }],
  [endlessComments, { ...tooMuch, text: "none" }],
  [endlessRefusal(500), { ...cut, text: "none", run: "none" }],
];

/** What may be on its way between two sockets when the reader leaves. */
const underwayBytes = 24 * 1024 * 1024;

const strike = ([fault, want, limits]: Row): Case =>
  anyServer(`a post: ${fault.name}`, (stage) =>
    withProxy(stage, async (proxy) => {
      const target = { agent: await stage.agent(), conversation: "default" };
      proxy.arm(fault, { on: onPosts });
      const { frames, error } = await send(
        adapterAt(proxy.url, limits?.(stage.pace)),
        target,
        "wörds 💧 of every size",
      );
      const run = frames.find((frame) => frame.type === "run")?.runId;
      const text = textOf(frames);

      if (want.code === undefined) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ code: want.code, verdict: want.verdict });
      if (want.text === "whole") expect(text).toBe("Echo: wörds 💧 of every size");
      else if (want.text === "none") expect(text).toBe("");
      else if (fault !== endlessWords) expect("Echo: wörds 💧 of every size").toStartWith(text);
      if (want.run === "heard") expect(error).toMatchObject({ runId: run ?? "none was heard of" });
      if (want.run === "named") expect(error).toMatchObject({ runId: expect.stringMatching(/^run-/) });
      if (want.run === "none") expect(error).toMatchObject({ runId: undefined });
      if ("retryAfterMs" in want) expect(error).toMatchObject({ retryAfterMs: want.retryAfterMs });
      if (want.stops !== undefined) expect(frames.filter(({ type }) => type === "stop")).toHaveLength(want.stops);
      // What the other end says is never repeated, and the key even less.
      expect(Bun.inspect(error)).not.toMatch(new RegExp(`${key}|Ray ID|CONFLICT|sqlite|lorem|sk-canary`));

      const struck = proxy.log().filter((one) => one.fault !== null);
      expect(struck).toHaveLength(1);
      expect(struck[0]?.bytes).toBeLessThan(defaultLimits.turnBytes + underwayBytes);
      // The adapter repeats nothing by itself.
      expect(proxy.log().filter(onPosts)).toHaveLength(1);
    }),
  );

/** Only the caller knows how long a turn may take. */
const pingsAlone = anyServer("a post: nothing comes but pings, until its caller leaves", (stage) =>
  withProxy(stage, async (proxy) => {
    const ms = silenceMs(stage.pace);
    const tryOnce = async () => {
      const target = { agent: await stage.agent(), conversation: "default" };
      proxy.arm(onlyPings(ms / 10), { on: onPosts });
      const leaving = new AbortController();
      const post = { background: false, abort: leaving.signal };
      let pings = 0;
      let heardAt = performance.now();
      const listening = (async () => {
        for await (const { type } of adapterAt(proxy.url, { silenceMs: ms }).send(target, [said("hello")], post)) {
          if (type !== "ping") continue;
          pings += 1;
          heardAt = performance.now();
          // Longer than silence may be: pings count as a sign of life.
          if (pings === 15) leaving.abort();
        }
      })();
      await expect(listening).rejects.toMatchObject({ code: "letta_cut" });
      return { pings, quietMs: performance.now() - heardAt };
    };
    let heard = await tryOnce();
    // On a busy machine pings may be late, and then it was silent: that tells nothing of them.
    while (heard.pings < 15 && heard.quietMs > ms / 2) heard = await tryOnce();
    expect(heard.pings).toBe(15);
  }),
);

const cutCharacter = anyServer(`a post: ${cutInsideCharacter.name}`, (stage) =>
  withProxy(stage, async (proxy) => {
    const target = { agent: await stage.agent(), conversation: "default" };
    proxy.arm(cutInsideCharacter, { on: onPosts });
    const { frames, error } = await send(adapterAt(proxy.url), target, "before 💧 behind");
    // A server may write such characters as escapes: then there is none to cut, and all is heard.
    const escapes = error === undefined;
    expect(textOf(frames)).not.toContain("�");
    if (escapes) expect(textOf(frames)).toBe("Echo: before 💧 behind");
    else expect(error).toMatchObject(cut);
  }),
);

export const posts: readonly Case[] = [...rows.map(strike), cutCharacter, pingsAlone];
