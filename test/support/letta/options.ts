/** What the runner was asked for on its command line. */

export type Options = {
  /** Crash rounds per point. */
  readonly rounds: number;
  /** Cases whose topic or name, and crash points whose name, contains one of these; none is all. */
  readonly only: readonly string[];
};

export const usage = "bun run test:letta [--rounds N] [--only TEXT]…";

/** Throws an `Error` that says what is wrong. */
export const parseOptions = (args: readonly string[]): Options => {
  let options: Options = { rounds: 2, only: [] };
  for (let at = 0; at < args.length; at += 2) {
    const value = args[at + 1];
    if (value === undefined) throw new Error(usage);
    if (args[at] === "--only") options = { ...options, only: [...options.only, value] };
    else if (args[at] === "--rounds" && Number.isInteger(Number(value)))
      options = { ...options, rounds: Number(value) };
    else throw new Error(usage);
  }
  return options;
};
