import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tempDir } from "../../test/support/app.ts";
import { Fault } from "../errors.ts";
import type { RunInfo, Upstream } from "../letta/upstream.ts";
import { createLog } from "../log.ts";
import type { Post } from "../store/posts.ts";
import { openStore, type Store } from "../store/store.ts";
import { recover, type Verdict } from "./recover.ts";
import type { EngineDeps, Session } from "./session.ts";

let dataDir: string;
let store: Store;

beforeEach(async () => {
  dataDir = tempDir();
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const stuckMs = 60;
const searchMs = 40;

/**
 * Looks for a post over a clock on which a look comes every millisecond. `isUp` says which looks the server answers; it
 * has lost the run of the post, or knows nothing of it. Answers when the run, or the search, was given up by that clock.
 */
const watch = async (
  isUp: (look: number) => boolean,
  { runId }: { readonly runId: string | null } = { runId: "run-1" },
): Promise<{ verdict: Verdict; gaveUpAt: number }> => {
  let at = 0;
  let gaveUpAt = -1;
  const tick = (): void => {
    at += 1;
    if (!isUp(at)) throw new Fault("letta_unreachable");
  };
  const run: RunInfo = { id: "run-1", conversation: null, status: "running", stopReason: null };
  const upstream: Partial<Upstream> = {
    run: async () => {
      tick();
      return gaveUpAt < 0 ? run : { ...run, status: "cancelled" };
    },
    runFrames: async () => [],
    runsSince: async () => {
      tick();
      return [];
    },
    cancel: async () => {
      gaveUpAt = at;
      return true;
    },
  };
  const limits = { pollMs: 1, searchMs, stuckAfterRefusalMs: stuckMs, stuckMs: 300 };
  const deps: unknown = {
    store: { db: store.db, write: { recordSearch: async () => undefined } },
    log: createLog({ level: "error", format: "json", sink: () => undefined }),
    now: () => at,
    limits,
  };
  const session: unknown = {
    turn: { id: 1, publicId: "turn_1", conversationId: 1 },
    access: { upstream, embedded: false },
    target: { agent: "agent-1", conversation: "default" },
    abort: new AbortController(),
    cancelled: false,
    runIds: ["run-1"],
  };
  const post: Partial<Post> = { id: 1, messages: "[]", runId, searchedMs: 0, refusedAt: null };
  const verdict = await recover(deps as EngineDeps, session as Session, post as Post, { tryResume: false });
  return { verdict, gaveUpAt: gaveUpAt < 0 ? at : gaveUpAt };
};

test("a run that its server has lost is given up as soon under a server that is killed again and again", async () => {
  const { verdict, gaveUpAt } = await watch((look) => look % 3 === 1);
  expect(verdict).toEqual({ kind: "missing" });
  expect(gaveUpAt).toBeGreaterThanOrEqual(stuckMs);
  expect(gaveUpAt).toBeLessThan(stuckMs * 1.25);
});

test("a post that left no trace is given up as soon under a server that is killed again and again", async () => {
  const { verdict, gaveUpAt } = await watch((look) => look % 3 === 1, { runId: null });
  expect(verdict).toEqual({ kind: "missing" });
  expect(gaveUpAt).toBeGreaterThanOrEqual(searchMs);
  expect(gaveUpAt).toBeLessThan(searchMs * 1.25);
});

test("the time in which nobody could look is no time in which nothing was found", async () => {
  const backAt = 200;
  const { gaveUpAt } = await watch((look) => look === 1 || look >= backAt, { runId: null });
  expect(gaveUpAt).toBeGreaterThan(backAt + searchMs / 2);
});

test("a server that could not be reached for long was not silent for as long", async () => {
  const backAt = 200;
  const { gaveUpAt } = await watch((look) => look === 1 || look >= backAt);
  expect(gaveUpAt).toBeGreaterThan(backAt + stuckMs / 2);
});
