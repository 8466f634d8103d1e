import { afterAll, expect, test } from "bun:test";
import { channels } from "../../src/channels/registry.ts";
import { createStubChannel } from "../support/stub/channel.ts";
import { startStubPlatform } from "../support/stub/platform.ts";
import { channelContract, type Subject } from "./channel/suite.ts";
import { telegramSubject } from "./channel/telegram.ts";

const platform = startStubPlatform();
afterAll(() => platform.stop());

const secret = "open sesame";

const request = (body: unknown, given: string | undefined): Request =>
  new Request("http://box/webhooks/stub", {
    method: "POST",
    body: JSON.stringify(body),
    ...(given === undefined ? {} : { headers: { "x-stub-secret": given } }),
  });

const from = (message: object) => ({ from: "ada", ...message });

const stub = (): Subject => {
  let gone = false;
  const channel = createStubChannel({
    root: platform.url,
    secret,
    openFile: () => Promise.resolve(new Blob(["x"])),
    fetch: ((url: string, init?: RequestInit) =>
      // Port 1 of this machine: nobody listens there.
      fetch(gone ? "http://127.0.0.1:1/" : url, init)) as typeof fetch,
  });
  return {
    channel,
    chat: "ada",
    signed: (message) => request(from(message), secret),
    forged: (message) => [undefined, "", "open", `${secret}!`].map((given) => request(from(message), given)),
    unknown: () => request({ id: "9", chat: "ada", from: "ada", text: "", kind: "reaction" }, secret),
    onSend: (how) => {
      gone = how === "gone";
      platform.behave(() => (how === "limit" ? { limitMs: 10 } : how === "gone" ? "take" : how));
    },
  };
};

/** Who stands in for each channel's platform. A channel in the registry without one fails below. */
const subjects: Readonly<Record<string, () => Subject>> = { telegram: telegramSubject };

channelContract("stub", stub);
for (const [name, make] of Object.entries(subjects)) channelContract(name, make);

test("every channel of the registry is under the contract", () => {
  expect(Object.keys(subjects).toSorted()).toEqual(Object.keys(channels).toSorted());
});
