/** The main thread's end of the writer: every write is a named function that waits for its commit. */
import { Fault } from "../errors.ts";
import type { FromWriter, ToWriter, WriteRequest, WriteResult } from "./writer.ts";
import type { WriteName, Writes } from "./writes.ts";

/** Rows per transaction: enough to share one fsync among a burst, few enough that nobody waits long behind it. */
const batchRows = 200;

type Waiting = { readonly request: WriteRequest; readonly settle: (result: WriteResult) => void };

/** What SQLite says when the file or its disk is at fault, or another program holds it: later it may go. */
const storageCodes = /^SQLITE_(IOERR|BUSY|LOCKED|READONLY|CANTOPEN|PROTOCOL|NOMEM)/;

const storageFault = (result: WriteResult & { ok: false }): Fault => {
  const cause = new Error(`${result.code}: ${result.message}`);
  if (result.code === "SQLITE_FULL") return new Fault("storage_full", { cause, retryAfterMs: 5_000 });
  if (storageCodes.test(result.code)) return new Fault("storage_failed", { cause, retryAfterMs: 5_000 });
  // Somebody was let in meanwhile: the event can be made anew at once.
  if (result.code === "UNPREPARED") return new Fault("conflict", { cause });
  return new Fault("internal", { cause });
};

const read = (event: MessageEvent<string>): FromWriter => JSON.parse(event.data) as FromWriter;

const writerDied = { ok: false, code: "SQLITE_IOERR", message: "the writer died" } as const;

/** A compiled binary's files lie in a virtual folder, which Windows has by another name. */
const isCompiled = (url: string): boolean => /\/(\$bunfs|~BUN|%7EBUN)\//.test(url);

/**
 * Where the writer's code is. A compiled binary holds the entry points of its build by their place under `src/`, and this
 * file is part of the first of them.
 */
const writerUrl = (): string =>
  new URL(isCompiled(import.meta.url) ? "./store/writer.ts" : "./writer.ts", import.meta.url).href;

export type WriteQueue = {
  /** Opens the database at `path`, whose schema is there by now. Comes before the first write, which need not wait for it. */
  open(path: string): Promise<void>;
  readonly write: Writes;
  /** Resolves if the writer dies; every write fails from then on, and only a new process can go on. */
  readonly broken: Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts the writer, which loads its code in its own thread while the caller goes on. One batch is under way at a time;
 * what arrives meanwhile is the next one, so a burst of N writes costs about N / 200 + 1 fsyncs and a single write waits
 * for nobody.
 * A write rejects with `storage_full`, `storage_failed` or `internal`; then nothing of it is in the database.
 */
export const startWriter = (): WriteQueue => {
  const worker = new Worker(writerUrl());
  let waiting: Waiting[] = [];
  let inFlight: readonly Waiting[] = [];
  let closed = false;
  let dead = false;
  let onIdle: (() => void) | undefined;

  // As text: a structured clone of so small things takes twice as long.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a Worker has no origin; the rule means windows
  const tell = (message: ToWriter): void => worker.postMessage(JSON.stringify(message));
  const heard = (type: FromWriter["type"]): Promise<void> =>
    new Promise((resolve, reject) => {
      const onMessage = (event: MessageEvent<string>): void => {
        if (read(event).type !== type) return;
        worker.removeEventListener("message", onMessage);
        resolve();
      };
      worker.addEventListener("message", onMessage);
      worker.addEventListener("error", (event) =>
        reject(new Fault("data_dir_unusable", { cause: new Error(event.message) })),
      );
    });

  const flush = (): void => {
    if (inFlight.length > 0) return;
    if (waiting.length === 0) {
      onIdle?.();
      return;
    }
    inFlight = waiting.slice(0, batchRows);
    waiting = waiting.slice(batchRows);
    tell({ type: "batch", requests: inFlight.map((one) => one.request) });
  };

  worker.addEventListener("message", (event: MessageEvent<string>) => {
    const message = read(event);
    if (message.type !== "results") return;
    const settled = inFlight;
    inFlight = [];
    for (const [index, one] of settled.entries()) {
      one.settle(message.results[index] ?? { ok: false, code: "ERROR", message: "no result" });
    }
    flush();
  });

  const broken = new Promise<void>((resolve) => {
    const die = (): void => {
      if (closed || dead) return;
      dead = true;
      const lost = [...inFlight, ...waiting];
      inFlight = [];
      waiting = [];
      for (const one of lost) one.settle(writerDied);
      resolve();
    };
    worker.addEventListener("error", die);
    worker.addEventListener("close", die);
  });

  const open = (path: string): Promise<void> => {
    const opened = heard("opened");
    tell({ type: "open", path });
    return opened;
  };

  const enqueue = (name: WriteName, args: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed || dead) {
        reject(dead ? storageFault(writerDied) : new Fault("stopping"));
        return;
      }
      waiting.push({
        request: { name, args },
        settle: (result) => (result.ok ? resolve(result.value) : reject(storageFault(result))),
      });
      // Everything that asks in the same turn of the event loop shares the batch.
      if (waiting.length === 1) queueMicrotask(flush);
    });

  const write = new Proxy({} as Writes, {
    get: (_, name: string) => (args: unknown) => enqueue(name as WriteName, args),
  });

  const close = async (): Promise<void> => {
    if (dead) return;
    closed = true;
    if (inFlight.length > 0 || waiting.length > 0) await new Promise<void>((resolve) => (onIdle = resolve));
    const done = heard("closed");
    tell({ type: "close" });
    await done;
    worker.terminate();
  };

  return { open, write, broken, close };
};
