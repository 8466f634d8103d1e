/** Who speaks is looked up on the Letta server, but not again for each message: and nothing that counts is missed by that. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

let box: Box;
let reads: number;
let late: number;
let requests: string[];
let gate: ReturnType<typeof Bun.serve>;

/** The clock is ahead by so much. */
const now = (): number => Date.now() + late;

/** In front of the server, to see what is asked of it. */
const startGate = (target: () => string) =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers, body } = request;
      requests.push(`${method} ${pathname}`);
      if (method === "GET" && pathname.startsWith("/v1/blocks/")) reads += 1;
      return fetch(`${target()}${pathname}${search}`, { method, headers, body });
    },
  });

beforeEach(async () => {
  reads = 0;
  late = 0;
  requests = [];
  let demo = "";
  gate = startGate(() => demo);
  box = await startBox({
    now,
    lettaUrl: (url) => {
      demo = url;
      return gate.url.origin;
    },
  });
  await box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));
});

afterEach(async () => {
  await box.stop();
  await gate.stop(true);
});

let lastId = 0;

const tell = async (text: string, part = text): Promise<string> => {
  await box.deliver({ id: String((lastId += 1)), chat: "ada", from: "ada", text });
  return box.until(() => box.standing("ada").find((message) => message.text.includes(part))?.text);
};

type Block = { readonly id: string; readonly label: string; readonly value: string };

const block = async (value: string): Promise<Block> =>
  box.until(async () => {
    const all = (await (await fetch(`${box.letta}/v1/blocks/?limit=100`)).json()) as Block[];
    return all.find((one) => one.label === "Persona_stub_ada" && one.value === value);
  });

/** Somebody writes into Ada's block on the Letta server. */
const edit = async (from: string, to: string): Promise<void> => {
  const { id } = await block(from);
  const headers = { "content-type": "application/json" };
  await fetch(`${box.letta}/v1/blocks/${id}`, { method: "PATCH", headers, body: JSON.stringify({ value: to }) });
};

test("a second message within a minute asks nobody about the person, one after it asks once", async () => {
  await tell("demo remember likes tea", "Everything that is kept");
  await block("likes tea");
  await box.restart();
  reads = 0;
  await tell("demo recall one", "one");
  expect(reads).toBe(1);
  await tell("demo recall two", "two");
  expect(reads).toBe(1);
  late += 60_000;
  await tell("demo recall three", "three");
  expect(reads).toBe(2);
});

test("what somebody wrote into the block is told when a minute is over", async () => {
  await tell("demo remember likes tea", "Everything that is kept");
  await edit("likes tea", "likes milk");
  late += 60_000;
  expect(await tell("demo recall one", "one")).toContain("I was told about you: likes milk");
});

test("what the agent or the person has kept is told with the next message, though nobody is asked", async () => {
  await tell("demo remember likes tea", "Everything that is kept");
  await block("likes tea");
  const before = reads;
  expect(await tell("demo recall one", "one")).toContain("I was told about you: likes tea");
  expect(reads).toBe(before);
  await tell("/persona set likes rum", "Done");
  await block("likes rum");
  const after = reads;
  expect(await tell("demo recall two", "two")).toContain("I was told about you: likes rum");
  expect(reads).toBe(after);
});

test("what the agent adds is added to what somebody wrote into the block a moment ago, and the person sees it", async () => {
  await tell("demo remember likes tea", "Everything that is kept");
  await edit("likes tea", "likes milk");
  expect(await tell("demo remember and bread", "and bread")).toContain("likes milk\nand bread");
  await edit("likes milk\nand bread", "likes water");
  expect(await tell("/persona", "This is kept")).toContain("\n\nlikes water\n\n");
});

test("of somebody who is let in no more nothing is asked", async () => {
  await tell("demo remember likes tea", "Everything that is kept");
  await block("likes tea");
  await box.restart({ access: { access: "pairing" } });
  await box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));
  late += 60_000;
  requests = [];
  await tell("hello again", "code");
  expect(requests).toEqual([]);
});
