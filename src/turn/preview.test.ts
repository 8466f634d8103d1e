import { expect, test } from "bun:test";
import type { Bot } from "../channels/channel.ts";
import fc from "fast-check";
import { expectProportional } from "../../test/support/work.ts";
import { measure } from "../render/measure.ts";
import { createPreview, tailOf, withoutData } from "./preview.ts";
import type { EngineDeps, Session } from "./session.ts";

/** A preview in a chat whose platform lets a message be edited so seldom; `shown` is what it was asked to show. */
const openPreview = (editSpacingMs: number, previewMs = 0) => {
  const shown: string[] = [];
  const limits = { editSpacingMs, text: 200, unit: "utf16", previewMs };
  const firstShown = Promise.withResolvers<void>();
  const preview = (_to: unknown, { text, activity }: { readonly text: string; readonly activity?: string }) => {
    shown.push(activity ?? text);
    firstShown.resolve();
    return Promise.resolve({ id: "m1" });
  };
  // The rest of a channel, a session and the engine is not asked for.
  const bot = { channel: { limits, preview } } as unknown as Bot;
  const abort = new AbortController();
  const session = { turn: { id: 1 }, delivery: { bot, address: { chat: "ada" } }, abort, previewId: null };
  const deps = {
    now: Date.now,
    store: { write: { setPreview: () => Promise.resolve() } },
    log: { debug: () => undefined },
  };
  return {
    ...createPreview(deps as unknown as EngineDeps, session as unknown as Session),
    shown,
    firstShown: firstShown.promise,
  };
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await Bun.sleep(1);
};

test("a message that is whole at once is not previewed", async () => {
  const preview = openPreview(0);
  preview.show("a", "Hello");
  expect(await preview.take()).toBeNull();
  expect(preview.shown).toEqual([]);
});

test("a message that is whole does not wait for the time of its next edit", async () => {
  const preview = openPreview(24 * 3_600_000);
  preview.show("a", "Hello");
  await preview.firstShown;
  preview.show("a", " world");
  // Waited for, the edit would be broken off after some seconds, and the preview not be handed over.
  expect(await preview.take()).toBe("m1");
  expect(preview.shown).toEqual(["Hello"]);
});

test("what follows a whole message holds it up no longer, and keeps the distance between edits", async () => {
  const preview = openPreview(24 * 3_600_000);
  preview.show("a", "Hello");
  await preview.firstShown;
  preview.show("a", " world");
  const taken = preview.take();
  preview.show("b", "Next");
  expect(await taken).toBe("m1");
  preview.show("b", ".");
  await Bun.sleep(1);
  expect(preview.shown).toEqual(["Hello"]);
});

test("what the agent does is shown while it writes nothing, and its words take the place of that", async () => {
  const preview = openPreview(0);
  preview.act("Searching the web");
  await preview.firstShown;
  preview.act("Searching the web: tea");
  await until(() => preview.shown.length === 2);
  preview.show("a", "Found");
  await until(() => preview.shown.length === 3);
  expect(preview.shown).toEqual(["Searching the web", "Searching the web: tea", "Found"]);
  expect(await preview.take()).toBe("m1");
});

test("what is done quickly is not told", async () => {
  const preview = openPreview(0);
  preview.act("Using get time");
  expect(await preview.take()).toBeNull();
  expect(preview.shown).toEqual([]);
});

test("a preview that would vanish is shown anew as long as it stands for something", async () => {
  const preview = openPreview(0, 30);
  preview.show("a", "Hello");
  await until(() => preview.shown.length >= 3);
  expect(new Set(preview.shown)).toEqual(new Set(["Hello"]));
  await preview.take();
  const { length } = preview.shown;
  await Bun.sleep(60);
  expect(preview.shown).toHaveLength(length);
});

test("what comes while a preview is handed over is shown from its first word", async () => {
  const preview = openPreview(0);
  preview.show("a", "Hello");
  const taken = preview.firstShown.then(() => preview.take());
  await taken;
  preview.show("b", "One ");
  preview.show("b", "two");
  await until(() => preview.shown.length === 2);
  expect(preview.shown[1]).toBe("One two");
});

test("of a text that is too long the end is shown, within the limit, no character cut in two", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.constantFrom("bytes" as const, "utf16" as const, "codepoints" as const),
      (text, unit) => {
        const tail = tailOf(text, { text: 100, unit });
        expect(measure(tail, unit)).toBeLessThanOrEqual(100);
        expect(tail.isWellFormed()).toBe(true);
        if (measure(text, unit) <= 75) expect(tail).toBe(text);
        else expect(text.endsWith(tail.slice(2))).toBe(true);
      },
    ),
  );
  expect(tailOf(`${"x".repeat(90)}\nlast line`, { text: 100, unit: "utf16" })).toStartWith("…\n");
});

test("pictures in the text are shown by their words, and a text full of brackets is read once", () => {
  expect(withoutData("See ![a dot](data:image/png;base64,AAAA) and ![half](data:image/png;base64,AA")).toBe(
    "See [a dot] and [half]",
  );
  expect(withoutData("![".repeat(100_000))).toHaveLength(200_000);
  expectProportional((count) => withoutData("![".repeat(count)), 100_000);
});
