import { afterAll, beforeAll, expect, test } from "bun:test";
import { createStubChannel } from "../support/stub/channel.ts";
import { type StubPlatform, startStubPlatform } from "../support/stub/platform.ts";
import { startApp, type TestApp } from "../support/app.ts";

let platform: StubPlatform;
let box: TestApp;

beforeAll(async () => {
  platform = startStubPlatform();
  const channel = createStubChannel({ root: platform.url, secret: "open sesame" });
  box = await startApp({ bots: [{ slug: "stub", channelName: "stub", channel }] });
});

afterAll(async () => {
  await box.stop();
  await platform.stop();
});

test("a caller of the API gets the agent's answer", async () => {
  const response = await box.chat({ message: "hello there" });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { success: boolean; response: string; agentName: string; turnId: string };
  expect(body).toMatchObject({ success: true, agentName: "Demo" });
  expect(body.response).toContain("hello there");
});

test("Ada writes in a chat and the agent's answer appears there", async () => {
  const response = await fetch(`${box.url}/webhooks/stub`, {
    method: "POST",
    headers: { "x-stub-secret": "open sesame" },
    body: JSON.stringify({ id: "1", chat: "ada", from: "ada", text: "demo slow 5 good morning" }),
  });
  expect(response.status).toBe(200);
  for (;;) {
    const [message] = platform.messages().filter((one) => !one.preview);
    if (message) {
      expect(message.text).toContain("one two three four five good morning");
      break;
    }
    await Bun.sleep(5);
  }
  expect(platform.messages()).toHaveLength(1);
  expect(platform.taken()).toHaveLength(1);
});
