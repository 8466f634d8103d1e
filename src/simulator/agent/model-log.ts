/** What the scripted model was asked, and how it is told to behave: as the model behind a real server in contract tests. */
import type { Mode } from "./scripted.ts";

export type ModelMessage = { readonly role: string; readonly [key: string]: unknown };

export type Asked = {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly string[];
  readonly stream: boolean;
};

const kept = 500;

export const createModelLog = () => {
  const asked: Asked[] = [];
  let mode: Mode = { fail: null, once: false, pace: null };
  return {
    note: (entry: Asked): void => {
      asked.push(entry);
      if (asked.length > kept) asked.shift();
    },
    last: (count: number): readonly Asked[] => asked.slice(-count),
    clear: (): void => void asked.splice(0),
    /** What holds for the request that is made now. */
    takeMode: (): Mode => {
      const now = mode;
      if (now.fail !== null && now.once) mode = { ...mode, fail: null };
      return now;
    },
    setMode: (change: Partial<Mode>): Mode => (mode = { ...mode, ...change }),
  };
};

export type ModelLog = ReturnType<typeof createModelLog>;
