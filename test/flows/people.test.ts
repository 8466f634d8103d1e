/** People in memory: the agent knows who speaks, keeps what they tell it, and tells nobody else. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

beforeEach(async () => {
  box = await startBox({ people: { noteEvery: 3 } });
});

afterEach(() => box.stop());

let lastId = 0;

/** Somebody writes, and the agent's answer stands in the chat. */
const tell = async (from: string, text: string, chat = `${from}-dm`): Promise<string> => {
  const before = box.standing(chat).length;
  await box.deliver({ id: String((lastId += 1)), chat, from, text, group: !chat.endsWith("-dm") });
  return box.until(() => box.standing(chat)[before]?.text);
};

type Block = { readonly id: string; readonly label: string; readonly value: string };

const letta = async (path: string, method = "GET", body?: unknown): Promise<unknown> => {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${box.letta}${path}`, { ...init, headers: { "content-type": "application/json" } })).json();
};

const blocks = async (): Promise<readonly Block[]> =>
  ((await letta("/v1/blocks/?limit=100")) as Block[]).filter(({ label }) => label.startsWith("Persona_"));

const blockOf = (from: string, value: string): Promise<Block> =>
  box.until(async () =>
    (await blocks()).find((block) => block.label === `Persona_stub_${from}` && block.value === value),
  );

/** The texts of the post that brought these words. */
const postOf = async (words: string): Promise<readonly string[]> => {
  const posts = (await letta("/demo/requests")) as { texts: string[] }[];
  return posts.find(({ texts }) => texts.at(-1) === words)?.texts ?? [];
};

const noteIn = (texts: readonly string[]): string | undefined => texts.find((text) => text.includes("lettabox-person"));

test("Ada asks the agent to remember something: it stands in her block, and the agent is told of it from then on", async () => {
  expect(await tell("ada", "demo remember likes tea")).toContain("Everything that is kept about this person now");
  await blockOf("ada", "likes tea");
  expect(await tell("ada", "demo recall")).toContain("I was told about you: likes tea");
  const [note, envelope] = await postOf("demo recall");
  expect(note).toContain('<lettabox-person person="Persona_stub_ada" name="ada">\nlikes tea\n</lettabox-person>');
  expect(envelope).toContain('person="Persona_stub_ada"');
  expect(await tell("ada", "demo remember hates rum")).toContain("likes tea\nhates rum");
  await blockOf("ada", "likes tea\nhates rum");
  expect(box.app().log()).not.toContain("likes tea");
});

test("of somebody who told nothing there is an empty block, and no note", async () => {
  await tell("ada", "hello");
  await blockOf("ada", "");
  expect(noteIn(await postOf("hello"))).toBeUndefined();
  await tell("ada", "hello again");
  expect(noteIn(await postOf("hello again"))).toBeUndefined();
  expect(await blocks()).toHaveLength(1);
});

test("a note is told when it has changed, and again after as many turns as are set", async () => {
  await tell("ada", "demo remember likes tea");
  const told: boolean[] = [];
  for (const word of ["one", "two", "three", "four", "five"]) {
    await tell("ada", word);
    told.push(noteIn(await postOf(word)) !== undefined);
  }
  expect(told).toEqual([true, false, false, true, false]);
});

test("what Ada told is in nobody else's note, in a group neither", async () => {
  await tell("ada", "demo remember likes tea");
  await tell("bob", "demo remember likes rum");
  expect(await tell("bob", "demo recall")).toContain("I was told about you: likes rum");
  expect(await tell("ada", "demo recall", "club")).toContain("I was told about you: likes tea");
  expect(await tell("eve", "demo recall", "club")).toContain("I was told nothing about you");
  expect(await tell("bob", "so what", "club")).toContain("You said: so what");
  const club = [...(await postOf("so what"))].join("\n");
  expect(club).toContain("likes rum");
  expect(club).not.toContain("likes tea");
  await blockOf("ada", "likes tea");
  await blockOf("bob", "likes rum");
});

test("in a group the agent changes the block of whoever speaks", async () => {
  await tell("ada", "hello", "club");
  await tell("bob", "demo remember likes rum", "club");
  await blockOf("bob", "likes rum");
  await blockOf("ada", "");
});

test("what somebody writes into the block on the Letta server is told when it is looked at again", async () => {
  await box.restart({ timing: { freshMs: 0 } });
  await tell("ada", "demo remember likes tea");
  const { id } = await blockOf("ada", "likes tea");
  await letta(`/v1/blocks/${id}`, "PATCH", { value: "likes milk" });
  expect(await tell("ada", "demo recall")).toContain("I was told about you: likes milk");
  expect(await tell("ada", "demo remember and bread")).toContain("likes milk\nand bread");
});

test("a block that was deleted on the server is made anew, with all that was kept", async () => {
  await box.restart({ timing: { freshMs: 0 } });
  await tell("ada", "demo remember likes tea");
  const { id } = await blockOf("ada", "likes tea");
  await letta(`/v1/blocks/${id}`, "DELETE");
  await tell("ada", "hello");
  const renewed = await blockOf("ada", "likes tea");
  expect(renewed.id).not.toBe(id);
  expect(await tell("ada", "demo recall")).toContain("I was told about you: likes tea");
});

test("a conversation that begins anew is told at once: after /new, and when the server has lost the old one", async () => {
  await tell("ada", "demo remember likes tea");
  expect(await tell("ada", "demo recall")).toContain("likes tea");
  await tell("ada", "/new");
  expect(await tell("ada", "demo recall again")).toContain("I was told about you: likes tea");
  const history = (await letta("/demo/history")) as { conversation_id: string | null }[];
  await letta(`/v1/conversations/${history.at(-1)?.conversation_id}`, "DELETE");
  await tell("ada", "demo recall once more");
  await box.until(() => box.standing("ada-dm").find(({ text }) => text.includes("a new one begins")));
  await box.until(() =>
    box.standing("ada-dm").find(({ text }) => text.includes("likes tea") && text.includes("once more")),
  );
});

test("callers of the API are nobody in particular: no block, no note, no tool", async () => {
  const body = (await (await box.app().chat({ message: "demo remember likes tea" })).json()) as { response: string };
  expect(body.response).toContain("Nobody gave me a tool");
  expect(await blocks()).toEqual([]);
});

test("switched off, nobody is known: and what was kept is there when it is on again", async () => {
  await tell("ada", "demo remember likes tea");
  await box.restart({ people: { memory: "off" } });
  expect(await tell("ada", "demo remember likes rum")).toContain("Nobody gave me a tool");
  expect(noteIn(await postOf("demo remember likes rum"))).toBeUndefined();
  await box.restart();
  expect(await tell("ada", "demo recall")).toContain("I was told about you: likes tea");
});

test("identities, where they are wanted: one of each person, with their block", async () => {
  await box.restart({ people: { identities: true } });
  for (const word of ["hello", "again"]) await tell("ada", word);
  const path = "/v1/identities/?identifier_key=stub::ada";
  const [identity] = await box.until(async () => {
    const found = (await letta(path)) as { id: string }[];
    const shown = found[0] && ((await letta(`/v1/identities/${found[0].id}/blocks`)) as Block[]);
    return shown?.length === 1 ? found : undefined;
  });
  expect(identity).toMatchObject({ name: "ada", identity_type: "user", identifier_key: "stub::ada" });
});

test("/persona shows what is kept about whoever asks, and lets them write and delete it", async () => {
  expect(await tell("ada", "/persona")).toContain("Nothing is kept about you");
  await tell("ada", "demo remember likes tea");
  expect(await tell("ada", "/persona")).toContain("\n\nlikes tea\n\n");
  expect(await tell("bob", "/persona")).toContain("Nothing is kept about you");
  expect(await tell("ada", "/persona set likes milk\nand <b>")).toContain("Done: 18 characters");
  await blockOf("ada", "likes milk\nand <b>");
  expect(await tell("ada", "demo recall")).toContain("I was told about you: likes milk\nand <b>");
  expect(await tell("ada", "/persona forget")).toContain("Done: nothing is kept about you");
  await blockOf("ada", "");
  expect(await tell("ada", "demo recall this")).toContain("I was told nothing about you");
  expect(noteIn(await postOf("demo recall this"))).toContain("(any more)");
});

test("/persona shows what somebody wrote into the block, shows nothing to a group, and takes no more than is kept", async () => {
  await tell("ada", "/persona set likes tea");
  const { id } = await blockOf("ada", "likes tea");
  await letta(`/v1/blocks/${id}`, "PATCH", { value: "likes milk" });
  expect(await tell("ada", "/persona")).toContain("\n\nlikes milk\n\n");
  expect(await tell("ada", "/persona", "club")).toContain("in a direct chat");
  expect(await tell("ada", `/persona set ${"x".repeat(4_001)}`)).toContain("4001 characters");
  expect(await tell("ada", "/persona delete")).toContain("Nothing was changed: send `/persona [set <text> | forget]`");
  expect(await tell("ada", "/persona")).toContain("\n\nlikes milk\n\n");
});

test("/persona says when nothing is kept because that is switched off", async () => {
  await box.restart({ people: { memory: "off" } });
  expect(await tell("ada", "/persona")).toContain("switched off");
});
