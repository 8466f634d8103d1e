/** A bot that is open to everybody: nobody shares an agent with strangers. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, told } = talkWith(() => box);

afterEach(() => box.stop());

const open = { access: "open", shareAgent: false } as const;

type Agent = { readonly id: string; readonly name: string };

/** Agents on the Letta server, by what they are called. */
const agents = async (): Promise<readonly Agent[]> =>
  (await (await fetch(`${box.letta}/v1/agents/`)).json()) as Agent[];

const asAda = { chat: "ada", from: "ada" };
const asBob = { chat: "bob", from: "bob" };

test("what somebody tells the agent, it tells nobody else", async () => {
  box = await startBox({ access: open });
  await write("my name is Ada", asAda);
  await told("Ada", "ada");
  await write("what is my name?", asBob);
  await told("You have not told me your name yet", "bob");
  const made = (await agents()).map(({ name }) => name).toSorted();
  expect(made).toHaveLength(3);
  expect(made.filter((name) => / \(person:\d+, [0-9a-f]{12}\)$/.test(name))).toHaveLength(2);
});

test("where one agent is shared by all, which has to be said, it may tell", async () => {
  box = await startBox({ access: { access: "open", shareAgent: true } });
  await write("my name is Ada", asAda);
  await told("Ada", "ada");
  await write("what is my name?", asBob);
  await told("Your name is Ada", "bob");
  expect(await agents()).toHaveLength(1);
});

test("the agent stays theirs, in other chats and after a restart, and is nobody else's to choose", async () => {
  box = await startBox({ access: open });
  await write("one", asAda);
  await told("You said: one", "ada");
  await box.restart();
  await write("two", asAda);
  await told("You said: two", "ada");
  await write("three", { ...asAda, chat: "ada-elsewhere" });
  await told("You said: three", "ada-elsewhere");
  expect(await agents()).toHaveLength(2);
  const listed = (await (await box.app().call("/api/v1/status")).json()) as { agents: readonly { name: string }[] };
  expect(JSON.stringify(listed)).not.toContain("person:");
});

test("a group has one for itself", async () => {
  box = await startBox({ access: open });
  for (const [from, text] of [
    ["ada", "from ada"],
    ["bob", "from bob"],
  ] as const) {
    await write(text, { chat: "club", from, group: true });
    await told(`You said: ${text}`, "club");
  }
  expect((await agents()).map(({ name }) => name).filter((name) => name.includes("(chat:"))).toHaveLength(1);
});
