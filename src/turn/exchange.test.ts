/** Where a stop falls between two steps of an exchange. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { acceptRequest } from "../../test/support/accept-request.ts";
import { tempDir } from "../../test/support/app.ts";
import type { Upstream } from "../letta/upstream.ts";
import { createLog } from "../log.ts";
import type { AgentTurn } from "../store/lanes.ts";
import { openStore, type Store } from "../store/store.ts";
import { turnById } from "../store/turns.ts";
import { createExchange } from "./exchange.ts";
import { createLive } from "./live.ts";
import { type EngineDeps, openSession } from "./session.ts";

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

/** A turn whose post was sent by a process that is gone. */
const uncertainTurn = async (): Promise<number> => {
  const turn = await acceptRequest(store, "never mind");
  const messages = JSON.stringify([{ role: "user", content: "never mind", otid: "otid-1" }]);
  const common = { turn, owner: "house", conversation: "conv-1", background: false, runBefore: null, at: 1 };
  const post = await store.write.freezePost({ ...common, kind: "message", messages });
  await store.write.doubtTurn({ turn, post: post.id, cutBy: "process" });
  return turn;
};

test.each(["recordSearch", "resumeTurn", "sendPostAgain"] as const)(
  "a stop that comes with the commit of %s keeps a message that never arrived from being sent again",
  async (name) => {
    const id = await uncertainTurn();
    const turn = turnById(store.db, id);
    if (!turn) throw new Error("no such turn");
    let posts = 0;
    const upstream: Partial<Upstream> = {
      runsSince: async () => [],
      async *send() {
        posts += 1;
        yield { type: "stop", reason: "end_turn" } as const;
      },
    };
    const access = { upstream, embedded: true, background: () => false };
    const stopAfter = async (args: never): Promise<unknown> => {
      const done = await (store.write[name] as (args: never) => Promise<unknown>)(args);
      session.cancelled = true;
      return done;
    };
    const write = new Proxy(store.write, {
      get: (all, key) => (key === name ? stopAfter : Reflect.get(all, key)),
    });
    const deps: unknown = {
      store: { db: store.db, boot: store.boot, write },
      log: createLog({ level: "error", format: "json", sink: () => undefined }),
      live: createLive(),
      metrics: { resent: () => undefined, ended: () => undefined },
      now: () => 2,
      bots: new Map(),
      limits: { pollMs: 1, searchMs: 0, turnMs: 60_000, stuckMs: 60_000, stuckAfterRefusalMs: 60_000 },
    };
    const session = openSession(
      deps as EngineDeps,
      turn as AgentTurn,
      "conv-1",
      access as unknown as Parameters<typeof openSession>[3],
    );
    await createExchange(deps as EngineDeps).goOn(session);
    expect(posts).toBe(0);
    expect(turnById(store.db, id)).toMatchObject({ state: "cancelled" });
  },
);
