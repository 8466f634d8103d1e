/** A program that is killed and started again on the same data. */
import { readFileSync } from "node:fs";
import { type Child, type Command, startChild } from "./child.ts";

export type Victim = {
  /** The address of the process that answers now; waits for the next one while there is none. */
  url(): Promise<string>;
  /** SIGKILL, wherever it is; the process is dead when this resolves. */
  kill(): Promise<void>;
  start(): void;
  /** Kills it for good: it does not start any more. */
  end(): Promise<void>;
  /** Rejects when it ends without having been killed. */
  readonly died: Promise<never>;
};

/** `command` is told the address of the process before, for a program that has to come back there. */
export const createVictim = (name: string, command: (before: string | undefined) => Command): Victim => {
  const died = Promise.withResolvers<never>();
  // Without a listener of its own a rejection would end the test before its report.
  died.promise.catch(() => undefined);
  let up = Promise.withResolvers<string>();
  let isUp = false;
  let before: string | undefined;
  let child: Child | undefined;

  let isOver = false;

  const start = (): void => {
    if (isOver) return;
    const how = command(before);
    const started = startChild(how);
    child = started;
    void started.ready.then((url) => {
      if (child !== started) return;
      before = url;
      isUp = true;
      up.resolve(url);
    });
    void started.gone.then((end) => {
      if (child !== started) return;
      const lastWords = readFileSync(how.log, "utf8").trim().split("\n").slice(-5).join("\n");
      died.reject(new Error(`${name} ended by itself: ${end}\n${lastWords}`));
    });
  };

  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    // Who waits for a process that was killed before it was ready waits for the next one.
    if (isUp) up = Promise.withResolvers<string>();
    isUp = false;
    await dying?.kill();
  };

  const end = (): Promise<void> => {
    isOver = true;
    return kill();
  };

  return { url: () => up.promise, kill, start, end, died: died.promise };
};
