import { afterEach, expect, test } from "bun:test";
import type { TestOptions } from "../support/app.ts";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told, speaking, conversationOf, inOrder } = talkWith(() => box);

afterEach(() => box.stop());

/** Talks until there is something to compact. */
const talk = async (): Promise<void> => {
  for (const text of ["one", "two", "three", "four"]) {
    await write(text);
    await told(`You said: ${text}`);
  }
};

/** Starts a box whose requests to compact go through here first; those that are not answered here reach the server. */
const startMeddled = async (meddle: () => Response | Promise<Response> | undefined, options: TestOptions = {}) => {
  let demo = "";
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      const answer = pathname.endsWith("/compact") ? meddle() : undefined;
      return answer ?? fetch(`${demo}${pathname}${search}`, request);
    },
  });
  const lettaUrl = (url: string): string => {
    demo = url;
    return proxy.url.origin;
  };
  box = await startBox({ ...options, lettaUrl });
  return proxy;
};

test("/compact at its place: the agent is shown less of this conversation, and the user is told in numbers", async () => {
  box = await startBox();
  await talk();
  await write("demo slow 3 five");
  await write("/compact");
  await write("six");
  await told("You said: six");
  expect(await told("Compacted:")).toMatch(/now sees (\d+) messages of this conversation instead of 11/);
  inOrder(["five", "Compacted:", "You said: six"]);
  expect(await conversationOf("six")).toBe((await conversationOf("one")) ?? "");
});

test("/compact where nothing is to be compacted, in words", async () => {
  box = await startBox();
  await write("/compact");
  await told("too short");
  await write("hello");
  await told("You said: hello");
});

test("/compact waits for a conversation that another chat's turn is using", async () => {
  box = await startBox({ conversations: "shared" });
  await talk();
  await write("demo slow 12 bob's story", { chat: "bob", from: "bob" });
  await speaking("bob");
  await write("/compact");
  await told("Compacted:");
  await told("bob's story", "bob");
  const ended = await readIndependently<{ key: string }>(
    box.dataDir,
    "SELECT key FROM turns JOIN chats ON chats.id = chat_id ORDER BY finished_at, turns.id",
  );
  expect(ended.map(({ key }) => key).slice(-2)).toEqual(["stub:bob", "stub:ada"]);
});

test("/compact that Letta does not do is answered in words, and the chat goes on", async () => {
  const proxy = await startMeddled(() => Response.json({ detail: "canary" }, { status: 500 }));
  try {
    await write("one");
    await told("You said: one");
    await write("/compact");
    expect(await told("may be compacted or not")).not.toContain("canary");
    await write("two");
    await told("You said: two");
  } finally {
    await proxy.stop(true);
  }
});

test("/compact that Letta refuses is answered in words, and kept as a dead letter", async () => {
  const proxy = await startMeddled(() => Response.json({ detail: "canary" }, { status: 403 }));
  try {
    await write("one");
    await told("You said: one");
    await write("/compact");
    expect(await told("`/compact` failed.")).toContain("may not do this");
    const answer = await box.app().call("/api/v1/dead-letters");
    expect(await answer.json()).toMatchObject({ deadLetters: [{ source: "turn", code: "letta_refused" }] });
  } finally {
    await proxy.stop(true);
  }
});

test("/compact in the middle of which lettabox is stopped is done by the next start, and answered once", async () => {
  let asked = 0;
  const proxy = await startMeddled(() => ((asked += 1) === 1 ? new Promise<Response>(() => undefined) : undefined), {
    drainMs: 1,
  });
  try {
    await talk();
    await write("/compact");
    await write("next");
    await box.until(() => (asked === 1 ? true : undefined));
    await box.restart();
    await told("You said: next");
    inOrder(["Compacted:", "You said: next"]);
    expect(textsIn("ada").filter((text) => text.includes("ompacted"))).toHaveLength(1);
    expect(asked).toBe(2);
  } finally {
    await proxy.stop(true);
  }
});
