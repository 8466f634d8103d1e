/** Parts go out as fast as the platform takes them, each chat at its own pace, in order; and to where a chat has moved. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import type { Behaviour } from "../support/stub/platform.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told } = talkWith(() => box);

afterEach(() => box.stop());

const fast = { burst: 1_000, everyMs: 1 };

test("a chat that has to wait keeps no other, and its parts stay in order", async () => {
  const pace = { bot: fast, direct: { burst: 1, everyMs: 800 }, group: fast };
  box = await startBox({ stub: { limits: { pace }, textMax: 40 } });
  const taken: { chat: string; at: number }[] = [];
  box.platform.behave(({ chat }) => {
    taken.push({ chat, at: Date.now() });
    return "take";
  });
  const beganAt = Date.now();
  await write("one two three four five six seven eight nine ten");
  await write("quick", { chat: "club", group: true });
  await told("quick", "club");
  await told("configured");
  const ada = taken.filter(({ chat }) => chat === "ada").map(({ at }) => at);
  expect(ada.length).toBeGreaterThan(2);
  // Whatever else takes time on the way: so many places cannot be given out sooner.
  expect((ada.at(-1) ?? 0) - beganAt).toBeGreaterThanOrEqual((ada.length - 1) * 800);
  const text = textsIn("ada").join(" ").replaceAll(/\s+/g, " ");
  expect(text).toContain("one two three four five six seven eight nine ten");
  const lastOfClub = taken.findLastIndex(({ chat }) => chat === "club");
  expect(lastOfClub).toBeLessThan(taken.findLastIndex(({ chat }) => chat === "ada"));
});

test("what is held back by the pace survives a restart in order", async () => {
  const pace = { bot: fast, direct: { burst: 1, everyMs: 500 }, group: fast };
  box = await startBox({ stub: { limits: { pace }, textMax: 40 } });
  await write("one two three four five six seven eight nine ten");
  await box.until(() => textsIn("ada")[0]);
  await box.restart();
  await told("configured");
  const text = textsIn("ada").join(" ").replaceAll(/\s+/g, " ");
  expect(text).toContain("You said: one two three four five six seven eight nine ten");
});

test("a limit on one chat holds up that chat alone", async () => {
  box = await startBox();
  let refusals = 0;
  box.platform.behave(({ chat }) => {
    if (chat !== "ada" || refusals > 0) return "take";
    refusals += 1;
    return { limitMs: 3_600_000 };
  });
  await write("hello", { chat: "ada", from: "ada" });
  await box.until(() => (refusals === 1 ? true : undefined));
  await write("hello", { chat: "cleo", from: "cleo" });
  await told("You said: hello", "cleo");
  expect(textsIn("ada")).toEqual([]);
  await box.restart({ now: () => Date.now() + 3_600_000 });
  await told("You said: hello", "ada");
});

test("a clock that is set back holds nothing up", async () => {
  const clock = { skew: 0 };
  const pace = { bot: fast, direct: { burst: 1, everyMs: 20 }, group: fast };
  box = await startBox({ stub: { limits: { pace } }, now: () => Date.now() + clock.skew });
  await write("one");
  await told("You said: one");
  clock.skew = -3_600_000;
  await write("two");
  await told("You said: two");
});

test("a chat that has moved is written to at its new address, and nothing is lost on the way", async () => {
  box = await startBox();
  box.platform.behave(({ chat }): Behaviour => (chat === "club" ? { movedTo: "clubhouse" } : "take"));
  await write("hello", { chat: "club", group: true });
  await told("You said: hello", "clubhouse");
  await write("again", { chat: "clubhouse", group: true });
  await told("You said: again", "clubhouse");
  expect(textsIn("club")).toEqual([]);
  const chats = (await (await box.app().call("/api/v1/chats")).json()) as { chats: { chat: string }[] };
  expect(JSON.stringify(chats)).toContain("clubhouse");
  expect(JSON.stringify(chats)).not.toContain('"stub:club"');
});

test("the platform says that a chat moves: what comes after goes on in the same conversation", async () => {
  box = await startBox();
  await write("my name is Ada", { chat: "club", group: true });
  await told("You said: my name is Ada", "club");
  await write("", { chat: "club", group: true, kind: "membership", membership: { change: "moved", chat: "hall" } });
  await write("what is my name?", { chat: "hall", group: true });
  await told("Your name is Ada.", "hall");
});
