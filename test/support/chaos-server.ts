/**
 * `lettabox serve` with the stub channel beside its own: what the kill test kills. Configuration as always, from the
 * environment and lettabox.yaml; the arguments are the stub platform's address and secret, and as JSON what to be less
 * patient with and what is special about the channel.
 */
import { defaultAccess } from "../../src/access/rules.ts";
import { type AppOptions, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { createOpenFile } from "../../src/files/outgoing.ts";
import { listen } from "../../src/http/listen.ts";
import { createLog } from "../../src/log.ts";
import { createStubChannel, type StubOptions } from "./stub/channel.ts";

const [root = "", secret = "", timing = "{}", special = "{}"] = process.argv.slice(2);
process.umask(0o077);

const loaded = await loadConfig({ flags: {}, env: process.env, cwd: process.cwd() });
/** Nobody has to be let in, and all talk to one agent: a kill is not about that. */
const access = { ...defaultAccess, access: "open", shareAgent: true } as const;
const stub = { slug: "stub", channel: "stub", keys: {}, access };
const config = { ...loaded, bots: [...loaded.bots.map((bot) => ({ ...bot, access })), stub] };
const log = createLog({ level: config.logLevel, format: config.logFormat });
const stubOptions = JSON.parse(special) as Partial<StubOptions>;
const channel = createStubChannel({ root, secret, openFile: createOpenFile(config.dataDir), ...stubOptions });
const bots = [{ slug: "stub", channelName: "stub", channel }];
const patience = JSON.parse(timing) as NonNullable<AppOptions["timing"]>;
const app = await createApp({ config, log, version: "0.0.0-chaos", pid: process.pid, bots, timing: patience });
const { host, port, dataDir } = config;
const listening = listen((request, via) => app.fetch(request, via), { host, port, dataDir });
await app.start();
process.stdout.write(`${listening.url}\n`);
