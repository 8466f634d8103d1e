import { afterAll, beforeAll, expect, test } from "bun:test";
import { createStubChannel } from "../support/stub/channel.ts";
import { type Box, startBox, stubSecret } from "../support/box.ts";

let box: Box;

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

test("three deliveries at once and one after a restart are one message and one answer", async () => {
  const update = { id: "7", chat: "ada", from: "ada", text: "only once please" };
  const answers = await Promise.all([box.deliver(update), box.deliver(update), box.deliver(update)]);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
  await box.until(() => box.standing("ada")[0]);
  await box.restart();
  expect((await box.deliver(update)).status).toBe(200);
  await box.deliver({ ...update, id: "8", text: "the end" });
  await box.until(() => box.standing("ada").find((one) => one.text.includes("the end")));
  expect((await box.heard()).filter((text) => text.includes("only once please"))).toHaveLength(1);
  expect(box.standing("ada")).toHaveLength(2);
});

const request = (id: string) =>
  new Request("http://x/", {
    method: "POST",
    headers: { "x-stub-secret": stubSecret },
    body: JSON.stringify({ id, chat: "bob", from: "bob", text: "hi" }),
  });

test("any known key makes a delivery a duplicate", async () => {
  const channel = createStubChannel({ root: box.platform.url, secret: stubSecret });
  const received = await channel.receive?.(request("9"));
  expect(received?.events[0]?.keys).toEqual(["update:9"]);
});
