/** Choosing agents in chats: who may, what becomes of the conversation, and that it lasts. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { makeOperator } from "../support/operators.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, shown, press, told, textsIn, conversationOf } = talkWith(() => box);

afterEach(() => box.stop());

const buttons = { choices: { max: 8, labelMax: 64 }, textMax: 1_000 };

const makeAgent = async (name: string): Promise<string> => {
  const answer = await fetch(`${box.letta}/v1/agents/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  return ((await answer.json()) as { id: string }).id;
};

/** Ada has claimed the bot, and the server has these agents beside its first. */
const open = async (...names: readonly string[]) => {
  box = await startBox({ stub: buttons });
  await write("hello");
  await told("You said: hello");
  await makeOperator(box.dataDir, "ada");
  for (const name of names) await makeAgent(name);
};

/** Which agents heard somebody say this. */
const hearersOf = async (words: string): Promise<readonly string[]> => {
  const requests = (await (await fetch(`${box.letta}/demo/requests`)).json()) as {
    agent_id: string;
    texts: string[];
  }[];
  const ids = requests.filter(({ texts }) => texts.some((text) => text.endsWith(words))).map((one) => one.agent_id);
  const agents = (await (await fetch(`${box.letta}/v1/agents/`)).json()) as { id: string; name: string }[];
  return ids.map((id) => agents.find((one) => one.id === id)?.name ?? id);
};

test("an operator chooses an agent with a button, and the menu becomes the answer", async () => {
  await open("Nova", "Rigel");
  await write("/agents");
  const menu = await shown("This chat talks to **Demo**");
  expect(menu.choices?.map(({ label }) => label).toSorted()).toEqual(["Nova", "Rigel", "✓ Demo"]);
  await press(menu, "Nova");
  await told("This chat talks to **Nova** now");
  expect(box.standing("ada").filter(({ id }) => id === menu.id)).toMatchObject([
    { text: "This chat talks to **Nova** now. Nothing was said with it here before." },
  ]);
  await write("who are you?");
  await told("You said: who are you?");
  expect(await hearersOf("who are you?")).toEqual(["Nova"]);
});

test("what was chosen lasts over a restart, and going back finds the old conversation", async () => {
  await open("Nova");
  const before = await conversationOf("hello");
  await write("/agents");
  await shown("This chat talks to **Demo**");
  await write("/agent nova");
  await told("**Nova** now");
  await box.restart();
  await write("second");
  await told("You said: second");
  expect(await hearersOf("second")).toEqual(["Nova"]);
  await write("/agent Demo");
  await told("where you left it");
  await write("third");
  await told("You said: third");
  expect(await hearersOf("third")).toEqual(["Demo"]);
  expect(await conversationOf("third")).toBe(before ?? "");
  await write("elsewhere", { chat: "bob", from: "bob" });
  await told("You said: elsewhere", "bob");
  expect(await hearersOf("elsewhere")).toEqual(["Demo"]);
});

test("messages sent before a choice are answered by the agent of that time, those after it by the chosen one", async () => {
  await open("Nova");
  await write("/agents");
  await shown("This chat talks to **Demo**");
  await write("demo slow 20 first");
  await write("/agent Nova");
  await write("last");
  await told("You said: last");
  expect(await hearersOf("demo slow 20 first")).toEqual(["Demo"]);
  expect(await hearersOf("last")).toEqual(["Nova"]);
});

test("pages are turned in place, and words search", async () => {
  await open(...Array.from({ length: 9 }, (_, index) => `Star ${index + 1}`), "Moon");
  await write("/agents");
  const first = await shown("1–6 of 11");
  await press(first, "More ›");
  const second = await shown("7–11 of 11");
  expect(second.id).toBe(first.id);
  await press(second, "‹ Back");
  expect((await shown("1–6 of 11")).id).toBe(first.id);
  await write("/agents moo");
  const found = await shown("Agents with moo");
  expect(found.choices?.map(({ label }) => label)).toEqual(["Moon"]);
  await write("/agents star page 2");
  expect((await shown("7–9 of 9")).choices).toHaveLength(4);
  await write("/agents comet");
  await told("No agent is called comet");
});

test("an agent is found by name, id, number or part of a name; several are asked about", async () => {
  await open("Nova Prime", "Nova Minor", "Rigel");
  await write("/agents");
  await shown("This chat talks to **Demo**");
  await write("/agent rig");
  await told("**Rigel** now");
  await write("/agent nova");
  const asked = await shown("which one do you mean?");
  expect(asked.choices?.map(({ label }) => label).toSorted()).toEqual(["Nova Minor", "Nova Prime"]);
  await press(asked, "Nova Minor");
  await told("**Nova Minor** now");
  await write("/agent pulsar");
  await told("no agent is called pulsar");
  await write("/agent");
  expect(await told("This chat talks to **Nova Minor** (")).toContain("agent-");
});

test("an agent that is gone from the server lets the chat go back to one that is there", async () => {
  await open("Nova");
  await write("/agents");
  await shown("This chat talks to **Demo**");
  await write("/agent Nova");
  await told("**Nova** now");
  const agents = (await (await fetch(`${box.letta}/v1/agents/`)).json()) as { id: string; name: string }[];
  const nova = agents.find(({ name }) => name === "Nova");
  await fetch(`${box.letta}/v1/agents/${nova?.id}`, { method: "DELETE" });
  await box.restart();
  await box.until(async () => {
    const known = await readIndependently<{ name: string }>(box.dataDir, "SELECT name FROM agents");
    return known.length === 1 ? true : undefined;
  });
  await write("still there?");
  await told("You said: still there?");
  expect(await hearersOf("still there?")).toEqual(["Demo"]);
});

test("whoever is no operator sees no agents, chooses none, and is told who may", async () => {
  await open("Nova");
  for (const line of ["/agents", "/agent", "/agent Nova"]) await write(line, { chat: "bob", from: "bob" });
  await box.until(() => (textsIn("bob").length === 3 ? true : undefined));
  for (const text of textsIn("bob")) {
    expect(text).toContain("only the operator of this bot may use");
    expect(text).not.toContain("Nova");
  }
  await write("hi", { chat: "bob", from: "bob" });
  await told("You said: hi", "bob");
  expect(await hearersOf("hi")).toEqual(["Demo"]);
});

test("a choice is written down", async () => {
  await open("Nova");
  await write("/agents");
  await shown("This chat talks to **Demo**");
  await write("/agent Nova");
  await told("**Nova** now");
  const rows = await readIndependently(box.dataDir, "SELECT actor, action FROM audit");
  expect(rows).toEqual([{ actor: "person:1", action: "agent.chosen" }]);
});
