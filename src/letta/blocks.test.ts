import { expect, test } from "bun:test";
import { at, fail, json, never, startServer } from "./test-server.ts";

const gone = json({ detail: "Block not found" }, 404);

test("a block is made empty, under its label and with its limit", async () => {
  await using server = await startServer({ "POST /v1/blocks/": json({ id: "block-1", value: "" }) });
  const block = { label: "Persona_ada", description: "About Ada.", limit: 10 };
  expect(await at(server.url).createBlock(block, never)).toBe("block-1");
  expect(server.requests[0]?.body).toEqual({ ...block, value: "" });
});

test("it is read and written whole", async () => {
  await using server = await startServer({
    "GET /v1/blocks/block-1": json({ id: "block-1", value: "likes tea" }),
    "PATCH /v1/blocks/block-1": json({ id: "block-1", value: "likes milk" }),
  });
  expect(await at(server.url).readBlock("block-1", never)).toBe("likes tea");
  expect(await at(server.url).writeBlock("block-1", "likes milk", never)).toBe(true);
  expect(server.requests.at(-1)?.body).toEqual({ value: "likes milk" });
});

test("one that is gone, or cannot exist, is no error", async () => {
  await using server = await startServer({ "GET /v1/blocks/block-1": gone, "PATCH /v1/blocks/block-1": gone });
  for (const id of ["block-1", "../agents"]) {
    expect(await at(server.url).readBlock(id, never)).toBeNull();
    expect(await at(server.url).writeBlock(id, "x", never)).toBe(false);
  }
  expect(server.requests).toHaveLength(2);
});

test("what is no Letta server has no opinion on blocks, and a broken one is told from a missing one", async () => {
  await using server = await startServer({ "GET /v1/blocks/block-2": json({ detail: "x" }, 500) });
  expect(await fail(() => at(server.url).readBlock("block-1", never))).toMatchObject({ code: "letta_refused" });
  expect(await fail(() => at(server.url).readBlock("block-2", never))).toMatchObject({ code: "letta_overloaded" });
});
