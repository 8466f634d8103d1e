/** What a chat is shown while the agent works. */
import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { setChat } from "../support/set-chat.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told, speaking } = talkWith(() => box);

afterEach(() => box.stop());

/** So that the chat is there and can be set. */
const begin = async (options: Parameters<typeof startBox>[0] = {}): Promise<void> => {
  box = await startBox(options);
  await write("hello");
  await told("You said: hello");
};

test("somebody is seen to type as long as the agent works, and not after that", async () => {
  await begin({ stub: { limits: { typingMs: 40 } } });
  const before = box.platform.typed().length;
  expect(before).toBeGreaterThan(0);
  await write("demo slow 6 words");
  await box.until(() => (box.platform.typed().length >= before + 5 ? true : undefined));
  await told("six words");
  await box.until(() =>
    box
      .app()
      .log()
      .match(/turn\.ended/g)?.length === 2
      ? true
      : undefined,
  );
  const { length } = box.platform.typed();
  await Bun.sleep(150);
  expect(box.platform.typed()).toHaveLength(length);
});

test("nobody types while the agent waits for an approval, and what it wants to do stands there", async () => {
  await begin({ stub: { limits: { typingMs: 40 } } });
  await write("demo ask please");
  await told("has to allow");
  const { length } = box.platform.typed();
  await Bun.sleep(150);
  expect(box.platform.typed()).toHaveLength(length);
});

test("a preview that would vanish is shown again and again", async () => {
  await begin({ stub: { limits: { previewMs: 50, editSpacingMs: 60_000 } } });
  await write("demo slow 6 words");
  await speaking();
  await box.until(() => (box.platform.previews().length >= 1 ? true : undefined));
  await told("six words");
});

test("a long answer is previewed by its end, within what the platform takes", async () => {
  await begin({ stub: { textMax: 60 } });
  await write("demo slow 14 words");
  await box.until(() => box.platform.previews().find(({ text }) => text.startsWith("…")));
  for (const { text } of box.platform.previews()) expect(text.length).toBeLessThanOrEqual(60);
  await told("fourteen words");
});

test("what the agent thinks is shown where that was set, in order, and nowhere else", async () => {
  await begin();
  await write("demo think about tea");
  await told("I have thought about it. about tea");
  expect(textsIn("ada").join()).not.toContain("(thinks)");
  setChat(box, "ada", { reasoning: 1 });
  await write("demo think about rum");
  await told("I have thought about it. about rum");
  const [thought, answer] = textsIn("ada").slice(-2);
  expect(thought).toStartWith("(thinks) The person wants to see me think.");
  expect(answer).toContain("about rum");
});

test("a message that is worked on is marked where that was set, and the mark goes with the answer", async () => {
  await begin();
  expect(box.platform.reactions()).toEqual([]);
  setChat(box, "ada", { acknowledge: 1 });
  await write("demo slow 3 words");
  await told("three words");
  const [put, taken] = await box.until(() =>
    box.platform.reactions().length === 2 ? box.platform.reactions() : undefined,
  );
  expect(put?.emoji).toBe("👀");
  expect(taken).toMatchObject({ id: put?.id, emoji: null });
});

test("a mark that a restart left behind is taken back when the answer has come", async () => {
  await begin({ drainMs: 1 });
  setChat(box, "ada", { acknowledge: 1 });
  await write("demo slow 12 words");
  await speaking();
  await box.restart();
  await told("twelve words");
  const marks = await box.until(() =>
    box.platform.reactions().at(-1)?.emoji === null ? box.platform.reactions() : undefined,
  );
  expect(marks.map(({ emoji }) => emoji)).toEqual(["👀", "👀", null]);
});
