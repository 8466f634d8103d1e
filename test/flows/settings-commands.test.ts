/** Commands that set how a chat is treated, and who may use them. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { makeOperator } from "../support/operators.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, shown, press, told, textsIn } = talkWith(() => box);

afterEach(() => box.stop());

const buttons = { choices: { max: 8, labelMax: 64 }, textMax: 2_000 };

const settings = () => readIndependently<Record<string, unknown>>(box.dataDir, "SELECT * FROM chat_settings");
const audit = () =>
  readIndependently<{ actor: string; subject: string; detail: string }>(
    box.dataDir,
    "SELECT actor, subject, detail FROM audit ORDER BY id",
  );

test("reasoning and marks are switched with words or buttons, for one chat, and it is written down", async () => {
  box = await startBox({ stub: buttons });
  await write("/reasoning");
  await press(await shown("Off: what the agent thinks"), "Turn on");
  await told("On: what the agent thinks");
  await write("/ack on");
  await told("On: a message is marked");
  await write("/ack perhaps");
  await told("send `/ack [on | off]`");
  await write("/reasoning", { chat: "bob", from: "bob" });
  await told("Off: what the agent thinks", "bob");
  expect(await settings()).toMatchObject([{ chat_id: 1, owner: "person:1", reasoning: 1, acknowledge: 1 }]);
  expect(await audit()).toEqual([
    { actor: "person:1", subject: "reasoning", detail: "true" },
    { actor: "person:1", subject: "acknowledge", detail: "true" },
  ]);
});

test("a time zone is checked, shows the local time, and belongs to the person", async () => {
  const noon = new Date().setUTCHours(12, 0, 0, 0);
  box = await startBox({ stub: buttons, now: () => noon });
  await write("/timezone");
  await told("No time zone is set for you");
  await write("/timezone asia/tokyo");
  expect(await told("Your time zone is Asia/Tokyo")).toContain("21:00");
  await write("/timezone Atlantis");
  await told("no time zone called Atlantis");
  await write("/timezone buenos aires");
  const zones = await shown("no time zone called buenos aires");
  const zone = zones.choices?.find(({ label }) => label.endsWith("/Buenos_Aires"));
  await press(zones, zone?.label ?? "");
  expect(await told("Your time zone is America/")).toContain("09:00");
  await write("/timezone off");
  await box.until(() => (textsIn("ada").filter((text) => text.includes("No time zone")).length === 2 ? 1 : undefined));
  const rows = await readIndependently(box.dataDir, "SELECT timezone FROM persons");
  expect(rows).toEqual([{ timezone: null }]);
});

test("a wait for more messages is at most half a minute", async () => {
  box = await startBox({ stub: buttons });
  await write("/debounce 5");
  await told("Messages wait 5 seconds");
  await write("/debounce 31");
  await told("with at most 30 seconds");
  await write("/debounce soon");
  expect(await settings()).toMatchObject([{ debounce_ms: 5_000 }]);
  await write("/debounce off");
  await told("Off: every message is taken as it comes");
  expect(await settings()).toMatchObject([{ debounce_ms: 0 }]);
});

test("in a group only its administrators and the operator set anything, and begin anew", async () => {
  box = await startBox({ stub: buttons });
  box.platform.administer((_, person) => person === "ann");
  const club = { chat: "club", group: true };
  for (const line of ["/new", "/compact", "/reasoning on", "/debounce 3", "/group mode disabled"]) {
    await write(line, { ...club, from: "bob" });
  }
  await box.until(() => (textsIn("club").length === 5 ? true : undefined));
  for (const text of textsIn("club")) expect(text).toContain("only an administrator of this group, or the operator");
  expect(await settings()).toEqual([]);
  await write("/debounce 3", { ...club, from: "ann" });
  await told("Messages wait 3 seconds", "club");
  await write("/whoami", { ...club, from: "bob" });
  await told("You are bob", "club");
});

test("an administrator who cannot be told from others is told to try again, and is asked about once a minute", async () => {
  const clock = { skew: 0 };
  box = await startBox({ stub: buttons, now: () => Date.now() + clock.skew });
  let asked = 0;
  const answer = { admin: true, broken: true };
  box.platform.administer(() => {
    asked += 1;
    return answer.broken ? "broken" : answer.admin;
  });
  const club = { chat: "club", group: true };
  await write("/debounce 3", club);
  await told("I could not find out whether you are one", "club");
  answer.broken = false;
  for (const seconds of [3, 4]) {
    await write(`/debounce ${seconds}`, club);
    await told(`Messages wait ${seconds} seconds`, "club");
  }
  expect(asked).toBe(2);
  answer.admin = false;
  clock.skew = 61_000;
  await write("/debounce 5", club);
  await told("only an administrator of this group", "club");
});

test("nor do they lift the limits of the configuration", async () => {
  const groups = { mode: "mention-only", dailyLimit: 3, dailyPersonLimit: 2 } as const;
  box = await startBox({ stub: buttons, access: { access: "open", shareAgent: true, groups } });
  box.platform.administer((_, person) => person === "ann");
  const ann = { chat: "club", group: true, from: "ann" };
  await write("/group limit 100", ann);
  await told("the operator allows no more than 3 messages a day", "club");
  await write("/group limit off per person", ann);
  await told("the operator allows no more than 2 messages a day", "club");
  await write("/group limit 1", ann);
  await told("At most 1 messages a day.", "club");
});

test("administrators of a group hold it shorter than the operator allows, never longer", async () => {
  box = await startBox({ stub: buttons });
  box.platform.administer((_, person) => person === "ann");
  await write("hello");
  await told("You said: hello");
  await makeOperator(box.dataDir, "ada");
  const ann = { chat: "club", group: true, from: "ann" };
  const ada = { chat: "club", group: true, from: "ada" };
  await write("/group mode open", ann);
  await told("the operator allows no more than the mode `mention-only`", "club");
  await write("/group mode open", ada);
  await told("Set. The agent hears and answers everything", "club");
  await write("/group limit 100", ada);
  await told("At most 100 messages a day.", "club");
  await write("/group mode listen", ann);
  await told("Set. The agent hears everything, and answers those who address it", "club");
  await write("/group limit 200", ann);
  await told("the operator allows no more than 100 messages a day", "club");
  await write("/group limit off", ann);
  await write("/group limit 50", ann);
  await told("At most 50 messages a day.", "club");
  await write("/group limit 5 per person", ann);
  await told("At most 5 messages a day from each person.", "club");
  await write("/group allow bob, ann", ada);
  await told("It listens only to `stub::bob`, `stub::ann`.", "club");
  await write("/group allow carl", ann);
  await told("you may only take some out", "club");
  await write("/group allow ann", ann);
  await told("It listens only to `stub::ann`.", "club");
  await write("/group whatever", ann);
  await told("Nothing was changed: send", "club");
  expect(await settings()).toMatchObject([
    { mode: "listen", ceiling: "open", daily_limit: 50, daily_person_limit: 5, allowed: '["stub::ann"]' },
  ]);
  expect((await audit()).map(({ actor, subject, detail }) => [actor, subject, detail])).toEqual([
    ["person:1", "mode", '"open"'],
    ["person:1", "dailyLimit", "100"],
    ["person:2", "mode", '"listen"'],
    ["person:2", "dailyLimit", "50"],
    ["person:2", "dailyPersonLimit", "5"],
    ["person:1", "allowed", '["stub::bob","stub::ann"]'],
    ["person:2", "allowed", '["stub::ann"]'],
  ]);
});

test("/group is for groups", async () => {
  box = await startBox({ stub: buttons });
  await write("/group mode open");
  await told("This is no group");
  expect(await settings()).toEqual([]);
});

test("/status and /whoami tell how things stand, operators more than others", async () => {
  box = await startBox({ stub: buttons });
  await write("demo slow 200 long");
  await box.until(() => box.platform.messages().find(({ preview }) => preview));
  await write("and then");
  await write("/status");
  const status = await told("This chat talks to **Demo**");
  expect(status).toContain("The conversation is this chat's own.");
  expect(status).toContain("One answer is under way, one message waits.");
  expect(status).not.toContain("decision");
  await write("/whoami");
  expect(await told("You are ada, `stub::ada`.")).toContain("`/persona` shows what agents know of you.");
  await write("/stop");
  await told("Stopped");
  await makeOperator(box.dataDir, "ada");
  await write("/status");
  await told("Nothing waits for your decision.");
  await write("/whoami");
  await told("You are an operator of this bot");
});

test("without a Letta server everything that needs none is answered, and says so", async () => {
  box = await startBox({ stub: buttons, lettaUrl: () => "http://127.0.0.1:1" });
  await write("/start");
  await told("There is no agent to talk to yet");
  await write("/status");
  expect(await told("Letta does not work right now")).toContain("There is no agent to talk to yet.");
  await write("/timezone Europe/Paris");
  await told("Europe/Paris");
});
