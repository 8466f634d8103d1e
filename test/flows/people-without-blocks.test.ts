/** A Letta server whose blocks cannot be had: people are answered and known all the same. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

type Trouble = "none" | "fails" | "hangs";

let box: Box;
let trouble: Trouble;
let reads: number;
let gate: ReturnType<typeof Bun.serve>;

/** A gate in front of the server that keeps blocks from being reached. */
const startGate = (target: () => string) =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname.startsWith("/v1/blocks/")) {
        if (request.method === "GET") reads += 1;
        if (trouble === "fails") return Response.json({ detail: "broken" }, { status: 500 });
        if (trouble === "hangs") return new Promise<Response>(() => undefined);
      }
      const { method, headers, body } = request;
      return fetch(`${target()}${pathname}${search}`, { method, headers, body });
    },
  });

beforeEach(async () => {
  trouble = "none";
  reads = 0;
  let demo = "";
  gate = startGate(() => demo);
  box = await startBox({
    lettaUrl: (url) => {
      demo = url;
      return gate.url.origin;
    },
  });
});

afterEach(async () => {
  await box.stop();
  await gate.stop(true);
});

let lastId = 0;

const tell = async (text: string, part: string): Promise<string> => {
  await box.deliver({ id: String((lastId += 1)), chat: "ada", from: "ada", text });
  return box.until(() => box.standing("ada").find((message) => message.text.includes(part))?.text);
};

const values = async (): Promise<readonly string[]> => {
  const blocks = (await (await fetch(`${box.letta}/v1/blocks/`)).json()) as { label: string; value: string }[];
  return blocks.filter(({ label }) => label === "Persona_stub_ada").map(({ value }) => value);
};

test("no block can be made: what Ada tells is kept and told, and the block follows when it can", async () => {
  trouble = "fails";
  await tell("demo remember likes tea", "Everything that is kept");
  expect(await tell("demo recall one", "one")).toContain("I was told about you: likes tea");
  expect(box.app().log()).toContain("persona.not-saved");
  expect(await values()).toEqual([]);
  trouble = "none";
  await box.restart();
  await box.until(async () => ((await values())[0] === "likes tea" ? true : undefined));
  expect(await values()).toHaveLength(1);
});

test("a block that does not answer keeps nobody waiting for long, and is left alone for a while", async () => {
  await box.restart({ timing: { freshMs: 0 } });
  await tell("demo remember likes tea", "Everything that is kept");
  await box.until(async () => ((await values())[0] === "likes tea" ? true : undefined));
  await box.restart({ timing: { freshMs: 0, lookMs: 500 } });
  trouble = "hangs";
  const before = reads;
  expect(await tell("demo recall one", "one")).toContain("I was told about you: likes tea");
  expect(await tell("demo recall two", "two")).toContain("I was told about you: likes tea");
  expect(reads).toBe(before + 1);
  expect(box.app().log()).toContain("persona.not-looked-at");
});
