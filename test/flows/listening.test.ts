/** Groups: what is gathered before it is answered, what is only heard, and what becomes of a message that changes. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { setChat } from "../support/set-chat.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
/** How far the clock of the box is ahead. */
let aheadMs: number;
const { write, hold, textsIn, told, posted } = talkWith(() => box);

beforeEach(async () => {
  aheadMs = 0;
  box = await startBox({ now: () => Date.now() + aheadMs });
});

afterEach(() => box.stop());

const inClub = { chat: "club", group: true, title: "The Club" } as const;

test("a group that batches is answered once, and each line says whose it is", async () => {
  await write("hello", inClub);
  await told("You said: hello", "club");
  setChat(box, "club", { debounce_ms: 60_000 });
  await write("tea?", { ...inClub, from: "bob" });
  await told("You said: tea?", "club");
  const requests = await posted();
  expect(requests).toContain('chat=\\"The Club\\" kind=\\"group\\" from=\\"bob\\" handle=\\"stub::bob\\"');
  expect(requests).toContain('to-you=\\"yes\\"');
});

/** What was queued last is only heard. */
const mute = (): void => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`);
  db.run("PRAGMA busy_timeout = 5000");
  db.run("UPDATE turns SET muted = 1 WHERE state = 'queued'");
  db.close();
};

type Ended = { readonly state: string; readonly reason: string | null; readonly response: string };

test("what is only heard reaches the agent; nothing of its answer reaches the chat, and the reason is kept", async () => {
  await write("hello");
  await told("You said: hello");
  setChat(box, "ada", { debounce_ms: 60_000, reasoning: 1, acknowledge: 1 });
  await write("demo slow 3 just so you know");
  mute();
  aheadMs = 60_000;
  // What is due is looked at when there is something new.
  await write("hello", { chat: "bob", from: "bob" });
  const ended = await box.until(async () => {
    const [row] = await readIndependently<Ended>(
      box.dataDir,
      "SELECT state, stop_reason AS reason, response FROM turns WHERE finished_at IS NOT NULL AND muted = 1",
    );
    return row;
  });
  expect(ended).toMatchObject({ state: "silent", reason: "muted" });
  expect(ended.response).toContain("just so you know");
  expect(textsIn("ada")).toHaveLength(1);
  expect(box.platform.messages().filter(({ chat }) => chat === "ada")).toHaveLength(1);
  expect(box.platform.reactions()).toEqual([]);
  expect(await posted()).toContain("you only listen here");
});

test("a group that the agent only listens to is heard without an answer, and answered when somebody calls", async () => {
  await write("hello", inClub);
  await told("You said: hello", "club");
  setChat(box, "club", { mode: "listen", ceiling: "listen" });
  await write("the train leaves at nine", { ...inClub, from: "bob", addressed: false });
  await box.until(async () => ((await box.heard()).includes("the train leaves at nine") ? true : undefined));
  await write("when does it leave?", { ...inClub, from: "cleo" });
  await told("when does it leave?", "club");
  expect(textsIn("club").join()).not.toContain("at nine");
  expect(await posted()).toContain('to-you=\\"no\\" note=\\"you only listen here');
});

test("an edit of a message that still waits changes what the agent hears; a later one is told as an edit", async () => {
  const release = await hold("first");
  await write("helo", { id: "e1" });
  await write("hello", { id: "e2", kind: "edit", about: "e1" });
  release();
  await told("You said: hello");
  expect(await box.heard()).not.toContain("helo");
  await write("hello", { id: "e3", kind: "edit", about: "e1" });
  await write("hello there", { id: "e4", kind: "edit", about: "e1" });
  await told("You said: hello there");
  expect(await posted()).toContain('id=\\"e1\\" edits=\\"e1\\"');
  expect(await box.heard()).toEqual(["first", "hello", "hello there"]);
});

test("a message that is deleted while it waits is never heard", async () => {
  const release = await hold("first");
  await write("oh no", { id: "d1" });
  await write("", { id: "d2", kind: "delete", about: "d1" });
  release();
  await told("first");
  await write("and now?");
  await told("You said: and now?");
  expect(await box.heard()).toEqual(["first", "and now?"]);
  const rows = await readIndependently<{ state: string }>(box.dataDir, "SELECT state FROM turns ORDER BY id");
  expect(rows.map(({ state }) => state)).toEqual(["done", "cancelled", "done"]);
});

test("a reaction is told with the next message, and makes no answer of its own", async () => {
  await write("hello");
  await told("You said: hello");
  await write("", { kind: "reaction", about: "m1", reaction: { added: ["👍"], removed: [] } });
  await write("next");
  await told("You said: next");
  expect(await posted()).toContain('<reaction from=\\"ada\\" to=\\"m1\\" added=\\"👍\\"/>');
  expect(textsIn("ada")).toHaveLength(2);
});

test("what a message answers is told, shortened, and the agent's own words are called its own", async () => {
  const quoted = { id: "m1", sender: "Bot", text: "x".repeat(3_000), own: true };
  await write("why?", { quoted, forwardedFrom: "Cleo" });
  await told("You said: why?");
  const requests = await posted();
  expect(requests).toContain('forwarded-from=\\"Cleo\\"');
  expect(requests).toContain(`<answers id=\\"m1\\" from=\\"you\\">${"x".repeat(1_000)}…</answers>`);
});
