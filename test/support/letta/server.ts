/** A real Letta server on a fresh SQLite file, its scripted model, and Redis if wanted: started, killed, restarted, stopped. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../address.ts";
import { type Program, startProgram, untilReady } from "./program.ts";

export type LettaOptions = {
  /** Python with Letta's packages. */
  readonly python: string;
  /** Path of redis-server: background runs, resuming and conversation locks need it. Null is a server without. */
  readonly redis: string | null;
  /** Is given what stops it, before anything is started. */
  readonly onStarting?: (stop: () => Promise<void>) => void;
};

export type LettaServer = {
  readonly url: string;
  /** Where the scripted model tells what it was asked. */
  readonly modelUrl: string;
  /** SIGKILL: nothing is written any more. */
  kill(): Promise<void>;
  /** Starts the killed server again, on the same address and data; resolves when it answers. */
  start(): Promise<void>;
  killRedis(): Promise<void>;
  startRedis(): Promise<void>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
};

const here = import.meta.dir;
/** Letta and its model listen there. */
const host = "127.0.0.1";
const startMs = 180_000;

const isOk = async (url: string): Promise<boolean> => (await fetch(url)).ok;

const pong = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    void Bun.connect({
      hostname: host,
      port,
      socket: {
        open: (socket) => void socket.write("PING\r\n"),
        data: (socket, bytes) => {
          // In this order: the end of the socket counts as no answer.
          resolve(bytes.toString().startsWith("+PONG"));
          socket.end();
        },
        close: () => resolve(false),
        connectError: () => resolve(false),
      },
    }).catch(() => resolve(false));
  });

export const startLetta = async ({ python, redis, onStarting }: LettaOptions): Promise<LettaServer> => {
  const dir = mkdtempSync(join(tmpdir(), "lettabox-letta-"));
  mkdirSync(join(dir, "letta"));
  const [port, modelPort, redisPort] = [freePort(host), freePort(host), freePort(host)];
  const url = `http://${host}:${port}`;
  const modelUrl = `http://${host}:${modelPort}`;
  const programs = new Map<string, Program>();

  const begin = async (
    name: string,
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    answers: () => Promise<boolean>,
  ): Promise<void> => {
    const program = startProgram({ command, env, cwd: dir, logFile: join(dir, `${name}.log`) });
    programs.set(name, program);
    await untilReady(program, name, answers, startMs);
  };
  const end = async (name: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    await programs.get(name)?.stop(signal);
    programs.delete(name);
  };

  const startModel = () =>
    begin("model", [python, join(here, "model.py")], { MODEL_PORT: String(modelPort) }, () => isOk(`${modelUrl}/log`));
  const startRedis = async (): Promise<void> => {
    if (redis === null) return;
    const command = [redis, "--port", String(redisPort), "--bind", host, "--save", "", "--dir", dir];
    await begin("redis", command, {}, () => pong(redisPort));
  };
  const start = () =>
    begin(
      "letta",
      [python, join(here, "server.py")],
      {
        PORT: String(port),
        LETTA_SQLITE: join(dir, "letta.db"),
        LETTA_DIR: join(dir, "letta"),
        OPENAI_API_KEY: "scripted",
        OPENAI_BASE_URL: `${modelUrl}/v1`,
        ...(redis === null ? {} : { LETTA_REDIS_HOST: host, LETTA_REDIS_PORT: String(redisPort) }),
      },
      () => isOk(`${url}/v1/health/`),
    );
  const stop = async (): Promise<void> => {
    // Its data is thrown away: nothing to be gentle about.
    await Promise.all([...programs.keys()].map((name) => end(name, "SIGKILL")));
    rmSync(dir, { recursive: true, force: true });
  };

  onStarting?.(stop);
  try {
    await Promise.all([startModel(), startRedis()]);
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    modelUrl,
    kill: () => end("letta", "SIGKILL"),
    start,
    killRedis: () => end("redis", "SIGKILL"),
    startRedis,
    stop,
  };
};
