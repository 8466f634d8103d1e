import { expect, test } from "bun:test";
import type { Bot } from "../channels/channel.ts";
import { createPreview } from "./preview.ts";
import type { EngineDeps, Session } from "./session.ts";

/** A preview in a chat whose platform lets a message be edited so seldom; `shown` is what it was asked to show. */
const openPreview = (editSpacingMs: number) => {
  const shown: string[] = [];
  const firstShown = Promise.withResolvers<void>();
  const preview = (_to: unknown, text: string) => {
    shown.push(text);
    firstShown.resolve();
    return Promise.resolve({ id: "m1" });
  };
  // The rest of a channel, a session and the engine is not asked for.
  const bot = { channel: { limits: { editSpacingMs }, preview } } as unknown as Bot;
  const abort = new AbortController();
  const session = { turn: { id: 1 }, delivery: { bot, address: { chat: "ada" } }, abort, previewId: null };
  const deps = { now: Date.now, store: { write: { setPreview: () => Promise.resolve() } } };
  return {
    ...createPreview(deps as unknown as EngineDeps, session as unknown as Session),
    shown,
    firstShown: firstShown.promise,
  };
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
