import { afterEach, expect, test } from "bun:test";
import type { ConversationPolicy } from "../../src/message.ts";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

afterEach(() => box.stop());

type Entry = { role: string; text: string; conversation_id: string | null };

const history = async (): Promise<readonly Entry[]> =>
  ((await (await fetch(`${box.letta}/demo/history`)).json()) as Entry[]).filter((one) => one.role === "user");

/** In which conversation somebody's words arrived; `null` is the agent's own. */
const conversationOf = (words: string): Promise<string | null> =>
  box
    .until(async () => {
      const entry = (await history()).find((one) => one.text.endsWith(words));
      return entry ? { id: entry.conversation_id } : undefined;
    })
    .then(({ id }) => id);

const scene = async (conversations: ConversationPolicy) => {
  box = await startBox({ conversations });
  await box.deliver({ id: "1", chat: "ada-dm", from: "ada", text: "one" });
  await box.deliver({ id: "2", chat: "bob-dm", from: "bob", text: "two" });
  await box.deliver({ id: "3", chat: "ada-other-dm", from: "ada", text: "three" });
  await box.deliver({ id: "4", chat: "club", from: "ada", group: true, text: "four" });
  return Promise.all(["one", "two", "three", "four"].map(conversationOf));
};

test("shared: everybody stands in the agent's own conversation", async () => {
  expect(await scene("shared")).toEqual([null, null, null, null]);
});

test("per-chat: every chat has one of its own", async () => {
  expect(new Set(await scene("per-chat")).size).toBe(4);
});

test("per-person: somebody's direct chats are one, a group is its own", async () => {
  const [ada, bob, adaAgain, club] = await scene("per-person");
  expect(adaAgain).toBe(ada ?? "");
  expect(new Set([ada, bob, club]).size).toBe(3);
});

test("per-channel: all chats of the channel are one, and not the agent's own", async () => {
  const all = await scene("per-channel");
  expect(new Set(all).size).toBe(1);
  expect(all[0]).toStartWith("conv-");
});

test("a bot may have another policy than the rest", async () => {
  box = await startBox({ conversations: "per-chat", conversationsOf: { stub: "shared", other: "per-person" } });
  await box.deliver({ id: "1", chat: "ada", from: "ada", text: "here" });
  expect(await conversationOf("here")).toBeNull();
  await box.restart({ conversationsOf: { other: "shared" } });
  await box.deliver({ id: "2", chat: "bob", from: "bob", text: "there" });
  expect(await conversationOf("there")).toStartWith("conv-");
  // A chat stays where it began.
  await box.deliver({ id: "3", chat: "ada", from: "ada", text: "again" });
  expect(await conversationOf("again")).toBeNull();
});

test("a conversation that was deleted on the server is begun anew, the user is told, and nothing is lost", async () => {
  box = await startBox();
  await box.deliver({ id: "1", chat: "ada", from: "ada", text: "before" });
  const first = await conversationOf("before");
  await box.until(() => box.standing("ada")[0]);
  expect((await fetch(`${box.letta}/v1/conversations/${first}`, { method: "DELETE" })).ok).toBe(true);
  await box.deliver({ id: "2", chat: "ada", from: "ada", text: "after" });
  const second = await conversationOf("after");
  expect(second).not.toBe(first);
  await box.until(() => box.standing("ada").find((one) => one.text.includes("a new one begins")));
  await box.until(() => box.standing("ada").find((one) => one.text.includes("You said: after")));
  await box.deliver({ id: "3", chat: "ada", from: "ada", text: "again" });
  expect(await conversationOf("again")).toBe(second);
});
