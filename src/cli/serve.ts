/** `lettabox serve`: opens everything, prints where it is, runs until told to stop. */
import { createApp } from "../app.ts";
import type { Config } from "../config.ts";
import { asFault } from "../errors.ts";
import { listen } from "../http/listen.ts";
import { createLog, type Log } from "../log.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { version } from "./version.ts";

/** A path as one word of a POSIX shell. */
const quote = (path: string): string =>
  /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

const welcome = (facts: { url: string; upstream: string; tokenPath: string; dataDir: string }): string => {
  const { url, upstream, tokenPath, dataDir } = facts;
  const agent = upstream === "demo" ? "demo (built in; set LETTA_API_KEY or LETTA_BASE_URL to use your own)" : upstream;
  return `lettabox ${version}

  API      ${url}/api/v1/chat
  Letta    ${agent}
  Token    ${tokenPath} (admin, works on this machine only)
  Data     ${dataDir}

Try it in another terminal:

curl -N ${url}/api/v1/chat -H "Authorization: Bearer $(cat ${quote(tokenPath)})" -H "Content-Type: application/json" -H "Accept: text/event-stream" -d '{"message":"demo slow 8 hello"}'

`;
};

/** Resolves at the first signal; at the second the process gives up at once, which loses nothing either. */
const untilSignal = (io: Io, log: Log): Promise<void> =>
  new Promise((resolve) => {
    const off = io.onSignal(() => {
      off();
      log.info("server.stopping");
      resolve();
    });
  });

export const serve = async (io: Io, config: Config): Promise<ExitCode> => {
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  for (const notice of config.notices) await io.err(`${notice}\n`);
  const app = await createApp({ config, log, version, pid: io.pid });
  try {
    const { host, port, dataDir } = config;
    const listening = listen((request, via) => app.fetch(request, via), { host, port, dataDir });
    try {
      await app.start();
      const { adminTokenPath: tokenPath, upstreamName: upstream } = app;
      await io.out(welcome({ url: listening.url, upstream, tokenPath, dataDir }));
      if (listening.socketPath === null) log.warn("socket.missing");
      log.info("server.ready", { port: Number(new URL(listening.url).port), version, upstream, pid: io.pid });
      await untilSignal(io, log);
      await app.stop();
    } finally {
      await listening.stop();
    }
    log.info("server.stopped");
    return exitCodes.ok;
  } catch (error) {
    await app.stop().catch((again: unknown) => log.error("server.stop-failed", { fault: asFault(again) }));
    throw error;
  }
};
