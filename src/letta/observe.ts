/** The same port, with an ear on how long the server takes to answer. */
import { asFault, type FaultCode } from "../errors.ts";
import type { Upstream } from "./upstream.ts";

/** `code` is set where the call failed. */
export type Observe = (call: string, ms: number, code?: FaultCode) => void;

const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === "object" && answer !== null && Symbol.asyncIterator in answer;

/** Resolves or rejects as `answer` does. */
const time = async <T>(answer: Promise<T>, told: (code?: FaultCode) => void): Promise<T> => {
  try {
    const value = await answer;
    told();
    return value;
  } catch (error) {
    told(asFault(error).code);
    throw error;
  }
};

/** Nothing leaves before the first frame is asked for, so the time begins there; the frames behind it pass untouched. */
const timeFirst = (
  stream: AsyncIterable<unknown>,
  begin: () => (code?: FaultCode) => void,
): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]: () => {
    const frames = stream[Symbol.asyncIterator]();
    let first = true;
    return {
      next: () => {
        if (!first) return frames.next();
        first = false;
        const told = begin();
        return time(frames.next(), told);
      },
      return: (value: unknown) => frames.return?.(value) ?? Promise.resolve({ done: true, value: undefined }),
    };
  },
});

/** Tells `observe` of every call when its answer, or the first frame of it, is there. */
export const observeUpstream = (upstream: Upstream, observe: Observe, now: () => number): Upstream => {
  const wrap = (call: string, method: (...args: readonly unknown[]) => unknown) => {
    const begin = () => {
      const startedAt = now();
      return (code?: FaultCode): void => observe(call, now() - startedAt, ...(code === undefined ? [] : [code]));
    };
    return (...args: readonly unknown[]): unknown => {
      const told = begin();
      const answer = method(...args);
      // A stream begins later; every other member of the port answers a promise.
      return isStream(answer) ? timeFirst(answer, begin) : time(answer as Promise<unknown>, told);
    };
  };
  const members = Object.entries(upstream).map(([name, member]): readonly [string, unknown] => [
    name,
    typeof member === "function" ? wrap(name, member as (...args: readonly unknown[]) => unknown) : member,
  ]);
  // The same members: each function has the arguments and the answer of the one it stands for.
  return Object.fromEntries(members) as Upstream;
};
