import { describe, expect, test } from "bun:test";
import { createTape } from "./tape.ts";

describe("a foreground tape", () => {
  test("hands everything over once, in order, and then its end", async () => {
    const tape = createTape(false);
    tape.append("a", "b");
    const listener = tape.listen(0);
    expect(listener.take()).toEqual({ text: "ab" });
    expect(listener.take()).toBe("wait");
    const news = listener.wait(null);
    tape.append("c");
    expect(await news).toBe(true);
    tape.end();
    expect(listener.take()).toEqual({ text: "c" });
    expect(listener.take()).toBe("end");
    expect(tape.length).toBe(3);
  });

  test("makes a run wait while its listener is slow, and no longer", async () => {
    const tape = createTape(false);
    const listener = tape.listen(0);
    expect(tape.room()).toBeNull();
    for (let at = 0; at < 10; at += 1) tape.append("x".repeat(60_000));
    let free = false;
    const room = tape.room()?.then(() => {
      free = true;
    });
    let read = 0;
    for (let taken = listener.take(); typeof taken === "object"; taken = listener.take()) read += taken.text.length;
    await room;
    expect(free).toBe(true);
    expect(read).toBe(600_000);
    expect(tape.room()).toBeNull();
  });

  test("keeps nothing for a listener that has left, and never makes the run wait again", async () => {
    const tape = createTape(false);
    const listener = tape.listen(0);
    tape.append("x".repeat(600_000));
    const room = tape.room();
    listener.leave();
    await room;
    tape.append("x".repeat(600_000));
    expect(tape.room()).toBeNull();
    expect(tape.frames).toEqual([]);
    expect(listener.take()).toBe("left");
  });
});

describe("a kept tape", () => {
  test("is heard by any number from any place", () => {
    const tape = createTape(true);
    tape.append("1", "2", "3");
    const [all, late] = [tape.listen(0), tape.listen(2)];
    expect(all.take()).toEqual({ text: "123" });
    expect(late.take()).toEqual({ text: "3" });
    tape.end();
    expect([all.take(), late.take()]).toEqual(["end", "end"]);
    expect(tape.frames).toEqual(["1", "2", "3"]);
  });

  test("never makes a run wait", () => {
    const tape = createTape(true);
    tape.append("x".repeat(1_000_000));
    expect(tape.room()).toBeNull();
  });

  test("that is finished says nothing behind its end", async () => {
    const tape = createTape(true, ["1", "2"]);
    expect(tape.listen(1).take()).toEqual({ text: "2" });
    expect(tape.listen(2).take()).toBe("end");
    const beyond = tape.listen(9);
    expect(beyond.take()).toBe("wait");
    expect(await beyond.wait(1)).toBe(false);
  });
});

test("a tape that is cut is cut for everyone at once", async () => {
  const tape = createTape(true);
  tape.append("1");
  const listener = tape.listen(1);
  const news = listener.wait(null);
  tape.cut();
  expect(await news).toBe(true);
  expect(listener.take()).toBe("cut");
  tape.append("2");
  expect(tape.frames).toEqual(["1"]);
});
