/** Groups: who lets the bot in, what it listens to, and how much. */
import { afterEach, expect, test } from "bun:test";
import type { BotAccess } from "../../src/access/rules.ts";
import { type Box, startBox } from "../support/box.ts";
import { knownTo } from "../support/known.ts";
import type { StubUpdate } from "../support/stub/channel.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, hold, textsIn, told, posted } = talkWith(() => box);
const { claim, codeOf, admin, rows, quiet } = knownTo(() => box);

afterEach(() => box.stop());

const inTeam = (from: string, more: Partial<StubUpdate> = {}): Partial<StubUpdate> => ({
  chat: "team",
  from,
  group: true,
  title: "Team",
  ...more,
});

const topic = (name: string, from = "bob"): Partial<StubUpdate> =>
  inTeam(from, { chat: `team/${name}`, within: "team" });

const add = (from: string): Promise<Response> =>
  write("", inTeam(from, { kind: "membership", membership: { change: "added" } }));
const remove = (from: string): Promise<Response> =>
  write("", inTeam(from, { kind: "membership", membership: { change: "removed" } }));
const say = (text: string, from = "bob"): Promise<Response> => write(text, inTeam(from));
const mutter = (text: string, from = "bob"): Promise<Response> => write(text, inTeam(from, { addressed: false }));

/** A bot with an operator, Ada, who has added it to the group. */
const start = async (access: Partial<BotAccess> = {}, now?: () => number): Promise<void> => {
  box = await startBox({ access: { access: "pairing", ...access }, ...(now ? { now } : {}) });
  await write(`/start ${await claim()}`);
  await told("You run this bot now");
};

type Group = {
  readonly id: number;
  readonly mode: string;
  readonly admitted: boolean;
  readonly allowed: string[] | null;
};

const group = async (): Promise<Group> => {
  const { body } = await admin("GET", "/api/v1/groups");
  const [found] = (body as { readonly groups: readonly Group[] }).groups;
  if (!found) throw new Error("there is no group");
  return found;
};

const set = async (changes: Readonly<Record<string, unknown>>): Promise<void> => {
  expect((await admin("PATCH", `/api/v1/groups/${(await group()).id}`, changes)).status).toBe(200);
};

test("added by somebody with access it says hello, and then answers whoever addresses it", async () => {
  await start();
  await add("ada");
  expect(await told("Hello.", "team")).toContain("others talk to");
  await mutter("a secret of ours");
  await say("what is up?");
  await told("You said: what is up?", "team");
  expect(await box.heard()).toEqual(["what is up?"]);
  expect(await group()).toMatchObject({ admitted: true, mode: "mention-only" });
  expect(JSON.stringify(await rows("SELECT payload FROM events"))).not.toContain("a secret of ours");
});

test("added by a stranger it says why it is silent, once, and asks the operator, who lets it in", async () => {
  await start();
  const before = await posted();
  await add("eve");
  await told("Nobody has let me into this group yet", "team");
  await say("hello?", "eve");
  await remove("eve");
  await add("eve");
  await quiet();
  expect(textsIn("team")).toHaveLength(1);
  expect(await posted()).toBe(before);
  const asked = await told("The group `Team` wants me");
  const code = /code is `(\w{8})`/.exec(asked)?.[1] ?? "";
  expect((await admin("GET", "/api/v1/pairing")).body).toMatchObject({
    requests: [{ code, of: "group", id: "team", name: "Team" }],
  });
  await admin("POST", "/api/v1/pairing/stub/approve", { code });
  await told("I am let into this group", "team");
  await say("hello?", "eve");
  await told("You said: hello?", "team");
});

test("a group that is not let in hears so, and stays silent", async () => {
  await start();
  await add("eve");
  await told("Nobody has let me", "team");
  const [{ code = "" } = {}] = (await rows("SELECT code FROM admissions")) as { code: string }[];
  await admin("POST", "/api/v1/pairing/stub/deny", { code });
  await told("I was not let into this group", "team");
  await say("hello?");
  await quiet();
  expect(textsIn("team")).toHaveLength(2);
  expect(await rows("SELECT ignored FROM events ORDER BY id DESC LIMIT 1")).toEqual([
    { ignored: "group-not-admitted" },
  ]);
});

test("where it was before lettabox came: addressed by a member it asks, by the operator it comes in", async () => {
  await start();
  await say("hello?");
  await told("Nobody has let me", "team");
  await say("hello", "ada");
  await told("You said: hello", "team");
  await say("me too");
  await told("You said: me too", "team");
});

test("a group that moves goes on as it was set, also when somebody has spoken at its new address before that was known", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await set({ mode: "listen", dailyLimit: 7 });
  await write("hello?", { ...inTeam("bob"), chat: "hall" });
  await told("Nobody has let me into this group", "hall");
  await write("", inTeam("bob", { kind: "membership", membership: { change: "moved", chat: "hall" } }));
  await write("anybody?", { ...inTeam("bob"), chat: "hall" });
  await told("You said: anybody?", "hall");
  const { body } = await admin("GET", "/api/v1/groups");
  expect((body as { groups: readonly unknown[] }).groups[0]).toMatchObject({
    chat: "stub:hall",
    admitted: true,
    mode: "listen",
    dailyLimit: 7,
  });
});

test("a group is let in with all of its topics, is set for all of them, and leaves them all", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await write("roses?", topic("roses"));
  await told("You said: roses?", "team/roses");
  await set({ dailyLimit: 1 });
  await write("tulips?", topic("tulips"));
  await told("You said: tulips?", "team/tulips");
  await write("more?", topic("roses"));
  await told("1 messages a day are the limit for this group", "team/roses");
  await write("/group mode disabled", topic("roses", "ada"));
  await told("listens to nothing here", "team/roses");
  expect(await group()).toMatchObject({ mode: "disabled", admitted: true });
  const { body } = await admin("GET", "/api/v1/groups");
  expect((body as { groups: readonly unknown[] }).groups).toHaveLength(1);
  await set({ mode: "mention-only", dailyLimit: null });
  await remove("ada");
  await write("still there?", topic("roses"));
  await told("Nobody has let me into this group yet", "team/roses");
  await write("and here?", topic("tulips"));
  await quiet();
  expect(textsIn("team/tulips")).toHaveLength(1);
});

test("removed from a group, it is out until somebody with access adds it again", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await remove("bob");
  expect(await group()).toMatchObject({ admitted: false });
  await add("eve");
  await told("Nobody has let me", "team");
  await add("ada");
  await box.until(() => (textsIn("team").filter((text) => text.startsWith("Hello.")).length === 2 ? true : undefined));
});

test("every mode: what is answered, what is only heard, what is not", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");

  await set({ mode: "open" });
  await mutter("open and unasked");
  await told("You said: open and unasked", "team");

  await set({ mode: "listen" });
  await mutter("heard in silence");
  await mutter("/new");
  await say("answered");
  await told("You said: answered", "team");
  expect(await box.heard()).toEqual(["open and unasked", "heard in silence", "answered"]);
  expect(await rows("SELECT muted FROM turns WHERE agent_id IS NOT NULL ORDER BY id")).toEqual([
    { muted: 0 },
    { muted: 1 },
    { muted: 0 },
  ]);

  await set({ mode: "disabled" });
  await say("nobody listens");
  await quiet();
  expect(textsIn("team").join()).not.toContain("nobody listens");
  expect(await rows("SELECT ignored FROM events ORDER BY id DESC LIMIT 1")).toEqual([{ ignored: "group-disabled" }]);
  await write("/help", inTeam("ada"));
  await told("Everything else goes to the agent", "team");

  await set({ mode: null });
  expect(await group()).toMatchObject({ mode: "mention-only" });
});

test("only whom the group's settings name is listened to, and the operator", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await set({ allowed: ["bob"] });
  await say("from eve", "eve");
  await say("from bob", "bob");
  await told("You said: from bob", "team");
  await say("from ada", "ada");
  await told("You said: from ada", "team");
  expect(await box.heard()).toEqual(["from bob", "from ada"]);
  await set({ allowed: null });
  await say("eve again", "eve");
  await told("You said: eve again", "team");
});

test("what is changed later counts for the day when the agent hears it anew, and not when it stays the same", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await set({ dailyLimit: 2 });
  await write("one", { ...inTeam("bob"), id: "m1" });
  await told("You said: one", "team");
  const edit = (id: string, text: string) =>
    write(text, { ...inTeam("bob"), id, kind: "edit", about: "m1" } as Partial<StubUpdate>);
  await edit("e1", "one");
  await edit("e2", "two");
  await told("You said: two", "team");
  await edit("e3", "three");
  await told("2 messages a day are the limit for this group", "team");
  await edit("e4", "four");
  await quiet();
  expect(await posted()).not.toContain("four");
});

test("daily limits of group and person are told once, survive a restart, and end with the day", async () => {
  let at = Date.UTC(2026, 10, 29, 10);
  const timed = (text: string, from: string) => write(text, inTeam(from, { sentAt: at }));
  box = await startBox({
    access: { access: "pairing", groups: { mode: "mention-only", dailyPersonLimit: 2 } },
    now: () => at,
  });
  const code = await claim();
  await write(`/start ${code}`, { sentAt: at });
  await write("", inTeam("ada", { kind: "membership", membership: { change: "added" }, sentAt: at }));
  await told("Hello.", "team");
  await set({ dailyLimit: 3 });

  await timed("bob 1", "bob");
  await timed("bob 2", "bob");
  await timed("bob 3", "bob");

  expect(await told("That is all for today", "team")).toContain("2 messages a day");
  await timed("bob 4", "bob");
  await box.restart();
  await timed("bob 5", "bob");
  await timed("eve 1", "eve");
  await timed("eve 2", "eve");
  await told("3 messages a day are the limit for this group", "team");
  await timed("eve 3", "eve");
  await quiet();
  expect(await box.heard()).toEqual(["bob 1", "bob 2", "eve 1"]);
  expect(textsIn("team").filter((text) => text.includes("all for today"))).toHaveLength(2);

  at += 24 * 3_600_000;
  await timed("bob 6", "bob");
  await told("You said: bob 6", "team");
});

test("somebody who is blocked is not listened to in groups either", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await say("first", "eve");
  await told("You said: first", "team");
  const [{ id: person = 0 } = {}] = (await rows("SELECT id FROM persons WHERE name = 'eve'")) as { id: number }[];
  await admin("POST", "/api/v1/pairing/stub/block", { person });
  await say("second", "eve");
  await quiet();
  expect(await box.heard()).toEqual(["first"]);
});

test("what somebody who is blocked still waits for in a group is not answered, what others wait for is", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  const release = await hold("first", inTeam("bob"));
  await say("second", "eve");
  await say("third", "bob");
  const [{ id: person = 0 } = {}] = (await rows("SELECT id FROM persons WHERE name = 'eve'")) as { id: number }[];
  await admin("POST", "/api/v1/pairing/stub/block", { person });
  release();
  await told("You said: third", "team");
  expect(await box.heard()).toEqual(["first", "third"]);
});

test("where everybody may talk, any group may have the bot, and it says hello", async () => {
  box = await startBox({ access: { access: "open" } });
  await add("eve");
  await told("Hello.", "team");
  await say("hi", "eve");
  await told("You said: hi", "team");
});

test("who let whom in and who set what stands in the audit log", async () => {
  await start();
  await add("ada");
  await told("Hello.", "team");
  await set({ mode: "listen", dailyLimit: 7 });
  await write("hello", { chat: "eve", from: "eve" });
  await admin("POST", "/api/v1/pairing/stub/approve", { code: await codeOf("eve") });
  const { body } = await admin("GET", "/api/v1/audit");
  const { entries } = body as { entries: { actor: string; action: string; subject: string; detail: string | null }[] };
  expect(entries.map(({ actor, action, detail }) => [actor.split(":")[0], action, detail])).toEqual([
    ["token", "access.granted", null],
    ["token", "setting.changed", "7"],
    ["token", "setting.changed", '"listen"'],
    ["person", "group.admitted", null],
    ["claim", "operator.claimed", null],
  ]);
  const page = (await admin("GET", "/api/v1/audit?limit=2")).body as { entries: unknown[]; next: number };
  expect(page.entries).toHaveLength(2);
  const rest = (await admin("GET", `/api/v1/audit?before=${page.next}`)).body as { entries: unknown[]; next: null };
  expect(rest.entries).toHaveLength(3);
  expect(rest.next).toBeNull();
});
