/** Reads what strace wrote: the system calls of all threads, in the order in which they began and ended. */
import { readFileSync } from "node:fs";

export type Call = {
  readonly name: string;
  /** What the first argument refers to: a path, or `TCP:[here->there]`. */
  readonly target: string;
  /** The arguments as strace shows them: text with C escapes. */
  readonly text: string;
  readonly result: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Places in the log: a call that ended before another began was over by then. */
  readonly began: number;
  readonly ended: number;
};

const line = /^(\d+) +(\d+\.\d+) (.*)$/;
const whole = /^(\w+)\((.*)\) += (.*)$/s;
const unfinished = /^(\w+)\((.*?) *<unfinished \.\.\.>$/s;
const resumed = /^<\.\.\. (\w+) resumed>(.*)\) += (.*)$/s;
/** `11</some/path>` or `20<TCP:[127.0.0.1:80->127.0.0.1:4000]>`: an arrow inside does not end it. */
const firstArgument = /^\d+<((?:[^<>]|->)*)>/;

const targetOf = (text: string): string => firstArgument.exec(text)?.[1] ?? "";

/** Calls in the order of their ends. One that a kill cut off is not among them. */
export const readTrace = (path: string): readonly Call[] => {
  const calls: Call[] = [];
  const open = new Map<string, { readonly text: string; readonly at: number; readonly began: number }>();
  for (const [index, row] of readFileSync(path, "latin1").split("\n").entries()) {
    const [, pid = "", seconds = "0", rest = ""] = line.exec(row) ?? [];
    const at = Number(seconds) * 1_000;
    const started = unfinished.exec(rest);
    if (started) {
      open.set(pid, { text: started[2] ?? "", at, began: index });
      continue;
    }
    const continued = resumed.exec(rest);
    const before = continued ? open.get(pid) : undefined;
    const [, name = "", end = "", result = ""] = continued ?? whole.exec(rest) ?? [];
    if (name === "") continue;
    const text = (before?.text ?? "") + end;
    calls.push({
      name,
      target: targetOf(text),
      text,
      result,
      at: before?.at ?? at,
      began: before?.began ?? index,
      ended: index,
    });
  }
  return calls;
};

export const isSync = ({ name, result }: Call): boolean =>
  (name === "fsync" || name === "fdatasync") && result.startsWith("0");

export const isLog = ({ target }: Call): boolean => target.endsWith("/lettabox.sqlite-wal");
