/** How the programs of the test are started: lettabox, and the demo agent as the Letta server behind it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "./child.ts";
import type { Options } from "./options.ts";

const root = join(import.meta.dir, "..", "..");
const main = join(root, "src", "main.ts");
const chaosServer = join(root, "test", "support", "chaos-server.ts");

/** The token of the API. */
export const apiToken = "the-kill-test-asks-with-this-token";
export const stubSecret = "open sesame";

/** The Telegram bot of the server, where there is one. */
export type TelegramBot = { readonly root: string; readonly token: string };

/** Nothing of this shell's environment: only what a fresh machine has, and what is said here. */
const environment = (home: string, more: Readonly<Record<string, string>>): Record<string, string> => ({
  HOME: home,
  PATH: "/usr/local/bin:/usr/bin:/bin",
  HOST: "127.0.0.1",
  ...more,
});

/** `lettabox <subcommand>` of the program under test. */
const lettabox = (program: string, subcommand: string): readonly string[] =>
  program === "chaos" || program === "serve" ? [process.execPath, main, subcommand] : [resolve(program), subcommand];

/** A port that nobody listened on a moment ago. */
const freePort = (): string => {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  void probe.stop(true);
  return String(port);
};

/** Both programs in folders of their own below `dir`. */
export const createPrograms = (options: Options, dir: string) => {
  const { program, background, telegram } = options;
  const demoHome = join(dir, "demo");
  const serverHome = join(dir, "server");
  for (const home of [demoHome, serverHome]) mkdirSync(home);
  // Everybody may talk, and to the same agent: its history is what is judged.
  const bots = telegram ? "bots:\n  telegram:\n    access: open\n    shareAgent: true\n" : "";
  writeFileSync(join(serverHome, "lettabox.yaml"), `letta:\n  background: ${background}\n${bots}`);
  // Webhooks need an address that stays.
  const port = telegram === "webhook" ? freePort() : "0";
  const withStub = program === "chaos" && !telegram;
  return {
    demoData: join(demoHome, "data"),
    serverData: join(serverHome, "data"),

    /** `url` is the address to come back to; without one the system chooses a port. */
    demo: (url: string | undefined): Command => ({
      argv: lettabox(program, "demo"),
      cwd: demoHome,
      env: environment(demoHome, {
        DATA_DIR: join(demoHome, "data"),
        PORT: url === undefined ? "0" : new URL(url).port,
      }),
      log: join(dir, "demo.log"),
    }),

    server: (letta: string, platform: string, bot?: TelegramBot): Command => ({
      argv: withStub ? [process.execPath, chaosServer, platform, stubSecret] : lettabox(program, "serve"),
      cwd: serverHome,
      env: environment(serverHome, {
        DATA_DIR: join(serverHome, "data"),
        PORT: port,
        ...(telegram === "webhook" ? { PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
        ...(bot ? { TELEGRAM_BOT_TOKEN: bot.token, TELEGRAM_API_ROOT: bot.root } : {}),
        LETTA_BASE_URL: letta,
        LETTABOX_API_KEY: apiToken,
        BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
      }),
      log: join(dir, "server.log"),
    }),
  };
};
