import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Admission } from "../access/rules.ts";
import { asFault } from "../errors.ts";
import { countWaiting, selectByCode, selectClaim, selectGrant, selectTally, selectWaiting } from "./access-queries.ts";
import { previewAdmission } from "./admission.ts";
import type { StoredCommand } from "./commands.ts";
import type { NewEvent } from "./inbox.ts";
import { openStore, type Store } from "./store.ts";
import { turnById } from "./turns.ts";

let dataDir: string;
let store: Store;
let serial = 0;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lettabox-admission-"));
  store = await openStore({ dataDir });
});

afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const pairing: Admission = {
  mode: "pairing",
  listed: false,
  tells: true,
  addressed: true,
  isCommand: false,
  counts: true,
  group: { mode: "mention-only" },
  senderId: "x",
};

const about = {
  accountId: 1,
  server: "http://letta",
  agentId: "agent-1",
  agentName: "one",
  conversation: "per-chat",
} as const;

type Options = {
  readonly from?: string;
  readonly at?: number;
  readonly admission?: Partial<Admission>;
  readonly group?: boolean;
  readonly more?: Partial<NewEvent>;
};

const eventOf = ({ from = "eve", at, admission, group, more }: Options = {}): NewEvent & { admission: Admission } => {
  serial += 1;
  const publicId = `turn_${serial}`;
  return {
    at: at ?? serial,
    botId: 1,
    publicId,
    keys: [`k${serial}`],
    chat: group ? { key: "stub:team", kind: "group", title: "Team" } : { key: `stub:${from}`, kind: "direct" },
    sender: { handle: `stub::${from}`, name: from },
    kind: "message",
    sentAt: serial,
    payload: { text: "words of a stranger", files: [] },
    admission: { ...pairing, ...admission },
    turn: { ...about, publicId, trigger: "message", merges: !group, dueAt: at ?? serial },
    ...more,
  };
};

const arrive = (options: Options = {}) => store.write.acceptEvent(eventOf(options));

const first = <Row>(sql: string): Row => {
  const row = store.db.$client.query<Row, []>(sql).get();
  if (row === null) throw new Error(`nothing found: ${sql}`);
  return row;
};

const count = (table: string): number => first<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).n;

const lastChanged = () => {
  const { id } = first<{ id: number }>("SELECT max(id) AS id FROM turns");
  return (JSON.parse(turnById(store.db, id)?.command ?? "{}") as StoredCommand).changed;
};

const code = (): string => first<{ code: string }>("SELECT code FROM admissions ORDER BY id DESC").code;

const isIn = (addressed: boolean): boolean =>
  previewAdmission(store.db, eventOf({ group: true, admission: { addressed } })).isIn;

const makeOperator = async (): Promise<void> => {
  await store.write.makeClaim({ bot: 1, codeHash: "right", at: serial });
  await arrive({ from: "ada", admission: { claim: "right" } });
};

test("what is looked at beforehand is what the transaction decides, for everybody and everywhere", async () => {
  await makeOperator();
  const [ada, eve, bob] = ["ada", "eve", "bob"];
  const people = [ada, eve, bob];
  const rounds: readonly (() => unknown)[] = [
    () => undefined,
    () => arrive({ from: "eve" }),
    () => store.write.decideAdmission({ bot: 1, code: code(), approve: true, by: "token:1", at: serial }),
    () => arrive({ from: "ada", group: true, more: { kind: "membership" }, admission: { membership: "added" } }),
    () => store.write.blockPerson({ bot: 1, person: 2, by: "token:1", at: serial }),
  ];
  for (const round of rounds) {
    await round();
    for (const mode of ["pairing", "allowlist", "open"] as const) {
      for (const listed of [true, false]) {
        for (const addressed of [true, false]) {
          for (const from of people) {
            for (const group of [true, false]) {
              const event = eventOf({ from, group, admission: { mode, listed, addressed } });
              const look = previewAdmission(store.db, event);
              const { outcome } = await store.write.acceptEvent(event);
              const went = outcome === "queued" || outcome === "merged";
              expect({ mode, listed, addressed, from, group, went }).toMatchObject({ went: look.isIn });
            }
          }
        }
      }
    }
  }
});

test("an event that was made for a stranger is not kept when they were let in meanwhile", async () => {
  await arrive();
  await store.write.decideAdmission({ bot: 1, code: code(), approve: true, by: "token:1", at: serial });
  const { turn: _turn, ...event } = eventOf();
  const events = count("events");
  const refused = await store.write.acceptEvent({ ...event, unprepared: true }).then(() => undefined, asFault);
  expect(refused?.code).toBe("conflict");
  await store.write.acceptEvent(eventOf({ from: "bob" }));
  expect(count("events")).toBe(events + 1);
  expect(count("event_keys")).toBe(count("events"));
});

test("the code of somebody who waits is kept as long as it counts; nothing of what they say is", async () => {
  await arrive({ at: 1_000 });
  const mine = code();
  expect(lastChanged()).toMatchObject({ kind: "asked", of: "person", code: mine });
  expect((await arrive({ at: 2_000 })).outcome).toBe("ignored");
  expect(code()).toBe(mine);
  expect(mine).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
  const kept = store.db.$client.query<{ payload: string | null }, []>("SELECT payload FROM events").all();
  expect(JSON.stringify(kept)).not.toContain("words of a stranger");
});

test("a decision by command counts for operators only", async () => {
  await makeOperator();
  await arrive();
  const decide = (from: string) =>
    arrive({
      from,
      admission: { isCommand: true, counts: false, listed: true },
      more: {
        command: {
          publicId: `turn_d${serial}`,
          who: "operator",
          trigger: "control",
          name: "approve",
          inLane: false,
          change: { kind: "decide", code: code(), approve: true },
        },
      },
    });
  await decide("bob");
  expect(lastChanged()).toEqual({ kind: "forbidden", who: "operator", unsure: false });
  await decide("ada");
  expect(lastChanged()).toMatchObject({ kind: "decided", outcome: "approved", of: "person", name: "eve" });
  await decide("ada");
  expect(lastChanged()).toMatchObject({ kind: "decided", outcome: "missing" });
  expect((await arrive()).outcome).toBe("queued");
});

test("whoever was blocked while they waited is not let in by their code", async () => {
  await arrive();
  const { person } = first<{ person: number }>("SELECT person_id AS person FROM admissions");
  const mine = code();
  await store.write.blockPerson({ bot: 1, person, by: "token:1", at: serial });
  const decided = await store.write.decideAdmission({ bot: 1, code: mine, approve: true, by: "token:1", at: serial });
  expect(decided.outcome).toBe("missing");
  expect((await arrive()).outcome).toBe("ignored");
});

test("revoking an operator's access takes their steering too", async () => {
  await makeOperator();
  const { person } = first<{ person: number }>("SELECT person_id AS person FROM operators");
  await store.write.revokeGrant({ bot: 1, person, by: "token:1", at: serial });
  expect(count("operators")).toBe(0);
  expect((await arrive({ from: "ada" })).outcome).toBe("ignored");
  const actions = store.db.$client.query<{ action: string }, []>("SELECT action FROM audit ORDER BY id").all();
  expect(actions.map(({ action }) => action)).toEqual(["operator.claimed", "operator.removed", "access.revoked"]);
});

test("administrators may narrow what the operator allows, never widen it", async () => {
  await makeOperator();
  await arrive({ from: "ada", group: true, more: { kind: "membership" }, admission: { membership: "added" } });
  const { chat } = first<{ chat: number }>("SELECT id AS chat FROM chats WHERE kind = 'group'");
  const set = (as: "operator" | "chat-admin", mode: "open" | "listen" | "mention-only" | "disabled") =>
    store.write.setChatSetting({ chat, changes: { mode }, as, configured: "mention-only", by: "person:1", at: serial });

  expect(await set("chat-admin", "open")).toEqual({ outcome: "too-wide", ceiling: "mention-only" });
  expect(isIn(false)).toBe(false);
  await set("operator", "open");
  expect(isIn(false)).toBe(true);
  expect((await set("chat-admin", "disabled")).outcome).toBe("set");
  expect(isIn(true)).toBe(false);
  expect((await set("chat-admin", "open")).outcome).toBe("set");
  // The operator narrows it below what the administrators chose.
  await set("operator", "mention-only");
  expect([isIn(true), isIn(false)]).toEqual([true, false]);
});

test("the same code is never given twice while it counts, and used-up ones make room", async () => {
  for (const [index, from] of ["a", "b", "c"].entries()) await arrive({ from, at: 1_000 + index });
  expect(count("admissions WHERE state = 'waiting'")).toBe(3);
  await arrive({ from: "d", at: 5_000 });
  expect(lastChanged()).toMatchObject({ kind: "asked", code: null });
  await arrive({ from: "d", at: 5_000 + 3_600_000 });
  expect(lastChanged()).toMatchObject({ kind: "asked", of: "person" });
  expect(code()).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
  expect(count("admissions WHERE state = 'expired'")).toBe(3);
});

test("what decides about an event is found by keys, however much there is", () => {
  const { db } = store;
  const { $client } = db;
  const searches = [
    selectClaim(db),
    selectGrant(db),
    selectWaiting(db),
    countWaiting(db),
    selectByCode(db),
    selectTally(db),
  ].map((query) => query.getQuery().sql);
  searches.push(
    "SELECT person_id FROM operators WHERE bot_id = ? AND person_id = ?",
    "SELECT * FROM chat_settings WHERE chat_id = ?",
    "SELECT id FROM chats WHERE owner = ? AND bot_id = ? AND kind = 'direct' LIMIT 100",
  );
  for (const sql of searches) {
    const plan = $client.query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`).all();
    expect(plan.map(({ detail }) => detail).join("; "), sql).toMatch(/^SEARCH [^;]*$/);
  }
});
