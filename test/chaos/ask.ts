/** Requests that are made again until they are answered, as a careful client does. */
import type { Exchange } from "./exchange.ts";
import { apiToken } from "./programs.ts";
import type { World } from "./world.ts";

/** The part of the world that a question needs. */
export type Reach = Pick<World, "server" | "abort">;

export type Question = { readonly path: string; readonly init?: RequestInit };

/** Between a broken request and its repetition. */
const pauseMs = 30;
/** Longest that one request may take; a turn of the demo takes a few seconds. */
const patienceMs = 100_000;

export const ask = async (world: Reach, { path, init = {} }: Question): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${apiToken}`);
  const signal = AbortSignal.any([world.abort, AbortSignal.timeout(patienceMs)]);
  return fetch(`${await world.server.url()}${path}`, { ...init, headers, signal });
};

/**
 * Asks until `read` makes something of an answer; undefined is "ask again", and so is a broken connection. The question
 * is put anew each time. Throws only when the world's `abort` fires.
 */
export const persist = async <T>(
  world: Reach,
  exchange: Exchange,
  question: () => Question,
  read: (response: Response) => Promise<T | undefined>,
): Promise<T> => {
  for (;;) {
    world.abort.throwIfAborted();
    try {
      const made = await read(await ask(world, question()));
      if (made !== undefined) return made;
    } catch {
      // The process was killed: that is the test.
    }
    exchange.cuts += 1;
    await Bun.sleep(pauseMs);
  }
};
