import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, told, speaking, conversationOf, inOrder } = talkWith(() => box);

afterEach(() => box.stop());

test("/new: what is said after it stands in a new conversation, what was said before stays where it was", async () => {
  box = await startBox();
  await write("before");
  await told("You said: before");
  await write("/new");
  expect(await told("A new conversation begins")).toContain("keeps its memory");
  await write("after");
  await told("You said: after");
  const [before, after] = [await conversationOf("before"), await conversationOf("after")];
  expect(before).toStartWith("conv-");
  expect(after).toStartWith("conv-");
  expect(after).not.toBe(before);
  expect(await box.heard()).toEqual(["before", "after"]);
});

test("/new while the agent answers: the answer comes to its end, then the word about the new conversation", async () => {
  box = await startBox();
  await write("demo slow 5 running");
  await speaking();
  await write("waiting");
  await write("/new");
  await write("after");
  await told("You said: after");
  inOrder(["running", "You said: waiting", "A new conversation begins", "You said: after"]);
  const [running, waiting] = [await conversationOf("running"), await conversationOf("waiting")];
  expect(waiting).toBe(running ?? "");
  expect(await conversationOf("after")).not.toBe(running);
});

test("/new twice: the second one says that there is nothing to leave, and no message is lost", async () => {
  box = await startBox();
  await write("before");
  await told("You said: before");
  await write("/new");
  await write("/new");
  await write("after");
  await told("You said: after");
  inOrder(["You said: before", "A new conversation begins", "is new already", "You said: after"]);
  expect(await conversationOf("after")).not.toBe(await conversationOf("before"));
});

test("/new as the first word ever", async () => {
  box = await startBox();
  await write("/new");
  await told("is new already");
  await write("hello");
  await told("You said: hello");
});

test("/new where all chats share one conversation: this chat leaves it, the others stay", async () => {
  box = await startBox({ conversations: "shared" });
  await write("together");
  await write("me too", { chat: "bob", from: "bob" });
  await told("You said: together");
  await told("You said: me too", "bob");
  await write("/new");
  expect(await told("A new conversation begins")).toContain("this chat's own");
  await write("alone");
  await write("still here", { chat: "bob", from: "bob" });
  expect(await conversationOf("together")).toBeNull();
  expect(await conversationOf("alone")).toStartWith("conv-");
  expect(await conversationOf("still here")).toBeNull();
});

test("/new where a person has one conversation: all their direct chats begin anew, nobody else's", async () => {
  box = await startBox({ conversations: "per-person" });
  await write("one");
  await write("bob's", { chat: "bob", from: "bob" });
  await told("You said: one");
  await told("You said: bob's", "bob");
  await write("/new");
  expect(await told("A new conversation begins")).toContain("all your direct chats");
  await write("two");
  await write("three", { chat: "ada-elsewhere" });
  await write("bob's next", { chat: "bob", from: "bob" });
  const [one, two, three] = [await conversationOf("one"), await conversationOf("two"), await conversationOf("three")];
  expect(two).not.toBe(one);
  expect(three).toBe(two ?? "");
  expect(await conversationOf("bob's next")).toBe((await conversationOf("bob's")) ?? "");
});

test("/new where a channel has one conversation: this chat leaves it, the others stay", async () => {
  box = await startBox({ conversations: "per-channel" });
  await write("one");
  await write("two", { chat: "bob", from: "bob" });
  await told("You said: one");
  await told("You said: two", "bob");
  await write("/new");
  await write("three");
  await write("four", { chat: "bob", from: "bob" });
  expect(await conversationOf("two")).toBe((await conversationOf("one")) ?? "");
  expect(await conversationOf("three")).not.toBe(await conversationOf("one"));
  expect(await conversationOf("four")).toBe((await conversationOf("one")) ?? "");
});
