/** The measured lettabox: the compiled binary on data of its own, alone in its process. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, startProgram } from "./program.ts";

const root = join(import.meta.dir, "..", "..");
export const binary = join(root, "dist", "lettabox");

export type Box = Program & { readonly token: string; readonly dataDir: string };

export const tempDir = (): string => mkdtempSync(join(tmpdir(), "lettabox-bench-"));

/** A process that is started through strace has another pid than strace. */
const pidIn = (dataDir: string) => (): number => Number(readFileSync(join(dataDir, "lock.pid"), "utf8"));

export type BoxOptions = {
  readonly letta?: string;
  readonly dataDir?: string;
  /** Put before the command line, for example strace with its options. */
  readonly prefix?: readonly string[];
  /** Instead of the binary: a command line. */
  readonly command?: readonly string[];
};

export const startBox = async (options: BoxOptions = {}): Promise<Box> => {
  const { letta, prefix = [], command = [binary, "serve"] } = options;
  const dataDir = options.dataDir ?? tempDir();
  const env = {
    DATA_DIR: dataDir,
    PORT: "0",
    LOG_LEVEL: "warn",
    BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
    ...(letta === undefined ? {} : { LETTA_BASE_URL: letta }),
  };
  const program = await startProgram([...prefix, ...command], env, pidIn(dataDir));
  return {
    ...program,
    dataDir,
    token: readFileSync(join(dataDir, "admin.token"), "utf8").trim(),
    stop: async () => {
      await program.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/** The Letta server that only streams. */
export const startLetta = (): Promise<Program> =>
  startProgram([process.execPath, join(import.meta.dir, "load", "letta.ts")], {});

/** Lets `work` use a lettabox and the Letta server behind it. */
export const withBox = async <T>(
  work: (box: Box, letta: Program) => Promise<T>,
  options: Omit<BoxOptions, "letta"> = {},
): Promise<T> => {
  const letta = await startLetta();
  try {
    const box = await startBox({ ...options, letta: letta.url });
    try {
      return await work(box, letta);
    } finally {
      await box.stop();
    }
  } finally {
    await letta.stop();
  }
};
