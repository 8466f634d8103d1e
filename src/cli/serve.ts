/** `lettabox serve`: opens everything, prints where it is, runs until told to stop. */
import type { Claim } from "../access/claims.ts";
import type { App } from "../app.ts";
import type { Config, Flags } from "../config/config.ts";
import { asFault, Fault } from "../errors.ts";
import { listen, listenAside } from "../http/listen.ts";
import { createLog, type Log } from "../log.ts";
import { configure } from "./configure.ts";
import { exitCodes, type Io } from "./io.ts";
import { claimLine } from "./claim-line.ts";
import { configOptions, servingOptions, type Subcommand } from "./subcommand.ts";
import { version } from "./version.ts";

/** A path as one word of a POSIX shell. */
const quote = (path: string): string =>
  /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

type Facts = {
  readonly url: string;
  readonly upstream: string;
  readonly tokenPath: string;
  readonly dataDir: string;
  /** Of the listener for metrics, where there is one. */
  readonly metricsUrl: string | undefined;
  readonly claims: readonly Claim[];
  readonly unknownBots: readonly string[];
};

/** One line for each bot that has no operator yet. */
const claimLines = (claims: readonly Claim[]): string =>
  claims.length === 0
    ? ""
    : `Become the operator of a bot; each of these works once:\n\n${claims.map((claim) => `  ${claimLine(claim)}\n`).join("")}\n`;

/** Bots that nobody can claim yet. */
const unknownLines = (slugs: readonly string[]): string =>
  slugs.length === 0
    ? ""
    : `The platform does not know these bots, or is not reached; the log says why. When it does, this makes you the operator:\n\n${slugs.map((slug) => `  lettabox claim ${slug}\n`).join("")}\n`;

const welcome = ({ url, upstream, tokenPath, dataDir, metricsUrl, claims, unknownBots }: Facts): string => {
  const isDemo = upstream === "demo";
  const agent = isDemo ? "demo (built in; set LETTA_API_KEY or LETTA_BASE_URL to use your own)" : upstream;
  const message = isDemo ? "demo slow 8 hello" : "hello";
  return `lettabox ${version}

  API      ${url}/api/v1/chat
  Letta    ${agent}
  Token    ${tokenPath} (admin, works on this machine only)
  Data     ${dataDir}
${metricsUrl === undefined ? "" : `  Metrics  ${metricsUrl}/metrics\n`}
Try it in another terminal:

curl -N ${url}/api/v1/chat -H "Authorization: Bearer $(cat ${quote(tokenPath)})" -H "Content-Type: application/json" -H "Accept: text/event-stream" -d '{"message":"${message}"}'

${claimLines(claims)}${unknownLines(unknownBots)}`;
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

/** What a stop may take beyond the drain: closing the database, letting the last answers out. */
const closingMs = 20_000;

/** From the first listener to the last: serves until a signal comes, then drains. */
const serveUntilSignal = async (io: Io, app: App, config: Config, log: Log): Promise<void> => {
  const { host, port, dataDir, limits, metrics } = config;
  // Heard from now on: one that comes during the start ends in a drain as well.
  const signalled = untilSignal(io, log);
  const listening = listen((request, via) => app.fetch(request, via), { host, port, dataDir });
  const systemd = io.env["NOTIFY_SOCKET"] ? (await import("./service-notify.ts")).openNotifier(io.env, io.pid) : null;
  let aside: ReturnType<typeof listenAside> | undefined;
  try {
    aside = metrics.listen === undefined ? undefined : listenAside(app.serveMetrics, metrics.listen);
    await app.start();
    const { adminTokenPath: tokenPath, upstreamName: upstream } = app;
    const claims = await app.claims();
    const unknownBots = app.unknownBots();
    const facts = { url: listening.url, upstream, tokenPath, dataDir, metricsUrl: aside?.url, claims, unknownBots };
    await io.out(welcome(facts));
    if (listening.socketPath === null) log.warn("socket.missing");
    log.info("server.ready", { port: Number(new URL(listening.url).port), version, upstream, pid: io.pid });
    systemd?.ready(`${listening.url}, Letta: ${upstream}`);
    const broken = app.broken.then(() => {
      throw new Fault("storage_failed", {
        message: "Nothing can be stored any more, so the server ends; a new start goes on where it was.",
      });
    });
    await Promise.race([signalled, broken]);
    systemd?.stopping(limits.drainMs + closingMs);
    await app.stop();
  } finally {
    await Promise.all([listening.stop(), aside?.stop()]);
    systemd?.close();
  }
};

export const serve: Subcommand<Partial<Flags>> = {
  usage: "serve",
  about: "start the server",
  options: [...configOptions, ...servingOptions],
  examples: ["lettabox serve", "LETTA_BASE_URL=http://localhost:8283 lettabox serve --port 9090"],
  async run({ io, given }) {
    const config = await configure(io, given);
    const log = createLog({ level: config.logLevel, format: config.logFormat });
    for (const notice of config.notices) await io.err(`${notice}\n`);
    const { createApp } = await import("../app.ts");
    const app = await createApp({ config, log, version, pid: io.pid });
    try {
      await serveUntilSignal(io, app, config, log);
    } catch (error) {
      await app.stop().catch((again: unknown) => log.error("server.stop-failed", { fault: asFault(again) }));
      throw error;
    }
    log.info("server.stopped");
    return exitCodes.ok;
  },
};
