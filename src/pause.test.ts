import { expect, spyOn, test } from "bun:test";
import { onSilence, pause, within } from "./pause.ts";

test("it lasts as long as it is told", async () => {
  const from = performance.now();
  await pause(30, new AbortController().signal);
  expect(performance.now() - from).toBeGreaterThan(25);
});

test("it ends at once when there is nothing left to wait for, and none begins after that", async () => {
  const stopping = new AbortController();
  const paused = pause(60_000, stopping.signal);
  stopping.abort();
  await paused;
  await pause(60_000, stopping.signal);
});

test("it leaves nothing behind: no listener when it has lasted, no timer when it was broken off", async () => {
  const { signal } = new AbortController();
  const heard = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: EventListener) => {
    heard.add(listener);
    addEventListener.call(signal, type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    heard.delete(listener);
    removeEventListener.call(signal, type, listener);
  };
  const paused = pause(1, signal);
  expect(heard.size).toBe(1);
  await paused;
  expect(heard.size).toBe(0);

  const program = `
    import { pause } from ${JSON.stringify(`${import.meta.dir}/pause.ts`)};
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 10);
    await pause(600_000, stopping.signal);`;
  // Bun ends it when nothing is left to wait for.
  const child = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore", stderr: "inherit", timeout: 20_000 });
  expect(await child.exited).toBe(0);
});

test("work that is in time is answered for, with its failure too, and leaves no timer", async () => {
  const cleared = spyOn(globalThis, "clearTimeout");
  expect(await within(60_000, Promise.resolve("done"))).toBe("done");
  await expect(within(60_000, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(cleared).toHaveBeenCalledTimes(2);
  cleared.mockRestore();
});

test("work that takes too long is not waited for", async () => {
  expect(await within(1, new Promise(() => undefined))).toBeUndefined();
});

test("a silence is over its time once, and who was heard meanwhile is waited for anew", async () => {
  let count = 0;
  const gone = Promise.withResolvers<void>();
  const ear = onSilence(40, () => {
    count += 1;
    gone.resolve();
  });
  for (let at = 0; at < 20; at++) {
    await Bun.sleep(5);
    ear.heard();
  }
  expect(count).toBe(0);
  await gone.promise;
  await Bun.sleep(100);
  expect(count).toBe(1);
});

test("a process that stood still has heard no silence", async () => {
  let isOver = false;
  const ear = onSilence(80, () => {
    isOver = true;
  });
  Bun.sleepSync(500);
  // All that was due meanwhile is done.
  await Bun.sleep(0);
  await Bun.sleep(0);
  expect(isOver).toBe(false);
  ear.stop();
});
