/** The command line: what there is, what it takes, and which file does it. Each subcommand is loaded when it is called. */
import { Command, CommanderError, Option } from "commander";
import { type Config, type Flags, loadConfig } from "../config.ts";
import { Fault } from "../errors.ts";
import type { Connection } from "./connect.ts";
import { type ExitCode, exitCodes, type Io, reportFault } from "./io.ts";
import { version } from "./version.ts";

type Common = Partial<Flags> & { readonly json?: boolean };

const exitHelp = `
Exit codes: 0 done, 1 tried and failed, 2 wrong command line, 69 no server answers or it is not ready,
78 configuration, data directory or master key need mending, 130 stopped by Ctrl-C.`;

/** Options that every subcommand with a configuration has. */
const withConfig = (command: Command): Command =>
  command
    .option("--config <file>", "configuration file (default: ./lettabox.yaml and the usual places)")
    .option("--data-dir <dir>", "where everything is kept (DATA_DIR)")
    .option("--log-level <level>", "debug, info, warn or error (LOG_LEVEL)");

const withAddress = (command: Command): Command =>
  command
    .option("--host <address>", "address to listen on (HOST, default 127.0.0.1)")
    .option("--port <number>", "port to listen on (PORT, default 8080)");

const example = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);

const json = (command: Command): Command => command.option("--json", "print JSON for programs");

/** The whole program; `exit` receives the code of the subcommand that ran. */
export const buildProgram = (io: Io, exit: (code: ExitCode) => void): Command => {
  const configure = (flags: Partial<Flags>): Promise<Config> => {
    const { config, host, port, dataDir, publicUrl, logLevel, logFormat } = flags;
    const given = { config, host, port, dataDir, publicUrl, logLevel, logFormat };
    return loadConfig({ flags: given, env: io.env, cwd: io.cwd, isTTY: io.isTTY });
  };
  /** Runs something against the data, through the server or without one. */
  const connected = async (flags: Partial<Flags>, work: (connection: Connection) => Promise<ExitCode>) => {
    const { connect } = await import("./connect.ts");
    const connection = await connect(await configure(flags), io.pid);
    try {
      exit(await work(connection));
    } finally {
      await connection.close();
    }
  };

  const program = new Command("lettabox")
    .description("Letta in a box: Letta agents on messaging channels and behind an HTTP API.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText("after", exitHelp)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text), writeErr: (text) => void io.err(text) });

  const serve = withAddress(withConfig(program.command("serve"))).description("start the server");
  serve
    .option("--public-url <url>", "where the world reaches this server (PUBLIC_URL)")
    .addOption(new Option("--log-format <format>", "text or json (LOG_FORMAT)"))
    .action(async (flags: Common) => exit(await (await import("./serve.ts")).serve(io, await configure(flags))));
  example(serve, "lettabox serve", "LETTA_BASE_URL=http://localhost:8283 lettabox serve --port 9090");

  const chat = json(withConfig(program.command("chat")))
    .description("send a message and watch the answer; Ctrl-C stops the turn")
    .argument("<message...>", "what to say")
    .option("--agent <name>", "which agent (default: the first)")
    .option("--chat <name>", "a chat of its own by this name")
    .action(async (words: string[], flags: Common & { agent?: string; chat?: string }) =>
      exit(await (await import("./chat.ts")).chat(io, await configure(flags), words.join(" "), flags)),
    );
  example(chat, 'lettabox chat "What do you remember of me?"', "lettabox chat --chat notes --json demo slow 5");

  const health = json(program.command("health"))
    .description("ask a running server how it is")
    .option("--url <url>", "its address (default: from HOST and PORT)")
    .option("--ready", "whether it can answer messages, not only whether it lives")
    .action(async (flags: { url?: string; ready?: boolean; json?: boolean }) =>
      exit(await (await import("./health.ts")).health(io, flags)),
    );
  example(health, "lettabox health", "lettabox health --ready --url http://127.0.0.1:9090");

  const token = program.command("token").description("tokens of the API");
  const createToken = json(withConfig(token.command("create")))
    .description("make a token and print it, once")
    .requiredOption("--name <name>", "what it is for")
    .option("--scope <scope>", "chat or admin", "chat")
    .action(async (flags: Common & { name: string; scope: string }) =>
      connected(flags, async (to) => (await import("./tokens.ts")).createToken(io, to, flags)),
    );
  example(createToken, "lettabox token create --name website", "lettabox token create --name ops --scope admin");
  const listTokens = json(withConfig(token.command("list")))
    .description("list tokens; the tokens themselves are not kept")
    .action(async (flags: Common) =>
      connected(flags, async (to) => (await import("./tokens.ts")).listTokens(io, to, flags)),
    );
  example(listTokens, "lettabox token list");
  const revokeToken = json(withConfig(token.command("revoke")))
    .description("make a token worthless")
    .argument("<id>", "its id, from token list")
    .action(async (id: string, flags: Common) =>
      connected(flags, async (to) => (await import("./tokens.ts")).revokeToken(io, to, id, flags)),
    );
  example(revokeToken, "lettabox token revoke 3");

  const turns = program.command("turns").description("exchanges with agents");
  const listTurns = json(withConfig(turns.command("list")))
    .description("list turns, newest first")
    .option("--limit <number>", "how many", "20")
    .action(async (flags: Common & { limit: string }) =>
      connected(flags, async (to) => (await import("./turns.ts")).listTurns(io, to, flags)),
    );
  example(listTurns, "lettabox turns list --limit 50");
  const showTurn = json(withConfig(turns.command("show")))
    .description("show one turn")
    .argument("<id>", "turn_…")
    .action(async (id: string, flags: Common) =>
      connected(flags, async (to) => (await import("./turns.ts")).showTurn(io, to, id, flags)),
    );
  example(showTurn, "lettabox turns show turn_0123456789abcdef0123456789abcdef");

  const letters = program.command("deadletters").description("what gave up and is kept");
  const listLetters = json(withConfig(letters.command("list")))
    .description("list dead letters, newest first")
    .option("--limit <number>", "how many", "50")
    .action(async (flags: Common & { limit: string }) =>
      connected(flags, async (to) => (await import("./dead-letters.ts")).listDeadLetters(io, to, flags)),
    );
  example(listLetters, "lettabox deadletters list --json");
  const letterActions = [
    ["show", "show one, with what it is about", "showDeadLetter"],
    ["retry", "try it again", "retryDeadLetter"],
    ["drop", "forget it", "dropDeadLetter"],
  ] as const;
  for (const [name, description, action] of letterActions) {
    const command = json(withConfig(letters.command(name)))
      .description(description)
      .argument("<id>", "its id, from deadletters list")
      .action(async (id: string, flags: Common) =>
        connected(flags, async (to) => (await import("./dead-letters.ts"))[action](io, to, id, flags)),
      );
    example(command, `lettabox deadletters ${name} 7`);
  }

  const backup = json(withConfig(program.command("backup")))
    .description("copy the database, also while the server runs, and check the copy")
    .option("--to <file>", "the copy (default: lettabox-<time>.sqlite here)")
    .action(async (flags: Common & { to?: string }) =>
      exit(await (await import("./backup.ts")).backup(io, await configure(flags), flags)),
    );
  example(backup, "lettabox backup", "lettabox backup --to /srv/backup/lettabox.sqlite");

  const config = program.command("config").description("the configuration");
  const validate = json(withAddress(withConfig(config.command("validate"))))
    .description("check the configuration and say what it means")
    .action(async (flags: Common) =>
      exit(await (await import("./config.ts")).validateConfig(io, await configure(flags), flags)),
    );
  example(validate, "lettabox config validate", "lettabox config validate --config ./lettabox.yaml --json");

  const keys = program.command("keys").description("the master key");
  const reset = withConfig(keys.command("reset"))
    .description("start over with the present master key, after the earlier one is lost")
    .requiredOption("--forget-secrets", "agree that everything sealed with the lost key is deleted")
    .action(async (flags: Common) => exit(await (await import("./keys.ts")).resetKeys(io, await configure(flags))));
  example(reset, "lettabox keys reset --forget-secrets");

  const demo = withAddress(withConfig(program.command("demo")))
    .description("serve the built-in demo agent as a Letta server of its own")
    .action(async (flags: Common) => exit(await (await import("./demo.ts")).demo(io, await configure(flags))));
  example(demo, "lettabox demo --port 8283 --data-dir ./demo");

  json(program.command("version"))
    .description("print the version")
    .action(async (flags: { json?: boolean }) => {
      await io.out(flags.json ? `${JSON.stringify({ version })}\n` : `${version}\n`);
      exit(exitCodes.ok);
    });

  return program;
};

/** Runs one command line; answers the exit code and never throws. */
export const runCli = async (io: Io): Promise<ExitCode> => {
  let code: ExitCode = exitCodes.ok;
  const program = buildProgram(io, (value) => {
    code = value;
  });
  try {
    await program.parseAsync([...io.args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has said what is wrong; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof Fault || error instanceof Error) return reportFault(io, error);
    throw error;
  }
};
