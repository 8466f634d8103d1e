/** The command line: the list of subcommands, and what becomes of one line. */
import { Command, CommanderError } from "commander";
import { backup } from "./backup.ts";
import { chat } from "./chat.ts";
import { claim } from "./claim.ts";
import { printConfig, printExample, printSchema, validateConfig } from "./config.ts";
import { dropDeadLetter, listDeadLetters, retryDeadLetter, showDeadLetter } from "./dead-letters.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { listGroups, setGroup } from "./groups.ts";
import { health } from "./health.ts";
import { type ExitCode, exitCodes, type Io, reportFault } from "./io.ts";
import { resetKeys } from "./keys.ts";
import { logLevel } from "./log-level.ts";
import { approvePairing, blockPerson, denyPairing, listPairing, revokeAccess } from "./pairing.ts";
import { listPeople, showAudit } from "./people.ts";
import { serve } from "./serve.ts";
import { installService } from "./service-install.ts";
import { serviceStatus } from "./service-status.ts";
import { uninstallService } from "./service-uninstall.ts";
import type { Subcommand } from "./subcommand.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";
import { listTurns, showTurn } from "./turns.ts";
import { showVersion, version } from "./version.ts";

/** In the order of help. */
const subcommands: readonly Subcommand[] = [
  serve,
  chat,
  health,
  doctor,
  logLevel,
  claim,
  listPairing,
  approvePairing,
  denyPairing,
  revokeAccess,
  blockPerson,
  listPeople,
  listGroups,
  setGroup,
  showAudit,
  createToken,
  listTokens,
  revokeToken,
  listTurns,
  showTurn,
  listDeadLetters,
  showDeadLetter,
  retryDeadLetter,
  dropDeadLetter,
  backup,
  printConfig,
  validateConfig,
  printSchema,
  printExample,
  resetKeys,
  installService,
  uninstallService,
  serviceStatus,
  demo,
  showVersion,
];

/** What the subcommands that share a first word are about. */
const groups: Readonly<Record<string, string>> = {
  pairing: "who may talk to the bots",
  people: "people about whom something was decided",
  groups: "groups that the bots are in",
  token: "tokens of the API",
  turns: "exchanges with agents",
  deadletters: "what gave up and is kept",
  config: "the configuration",
  keys: "the master key",
  service: "the server under systemd",
};

const exitHelp = `
Exit codes: 0 done, 1 tried and failed, 2 wrong command line, 69 no server answers or it is not ready,
78 configuration, data directory or master key need mending, 130 stopped by Ctrl-C.`;

/** The command that a subcommand hangs under: the program, or a group that is made at its first use. */
const parentOf = (program: Command, group: string | undefined): Command => {
  if (group === undefined) return program;
  const known = program.commands.find((command) => command.name() === group);
  return known ?? program.command(group).description(groups[group] ?? "");
};

const add = (
  program: Command,
  one: Subcommand,
  run: (given: object, args: readonly string[]) => Promise<void>,
): void => {
  const words = one.usage.split(" ");
  const named = words.filter((word) => !/^[<[]/.test(word));
  const name = [named.at(-1), ...words.slice(named.length)].join(" ");
  const command = parentOf(program, named.length > 1 ? named[0] : undefined)
    .command(name)
    .description(one.about)
    .addHelpText("after", `\nExamples:\n${one.examples.map((line) => `  ${line}`).join("\n")}`);
  for (const { flags, about, fallback, required } of one.options) {
    if (required) command.requiredOption(flags, about);
    else command.option(flags, about, fallback);
  }
  command.action(() => run(command.opts(), command.args));
};

/** The whole program; `exit` receives the code of the subcommand that ran. */
export const buildProgram = (io: Io, exit: (code: ExitCode) => void): Command => {
  const program = new Command("lettabox")
    .description("Letta in a box: Letta agents on messaging channels and behind an HTTP API.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText("after", exitHelp)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text), writeErr: (text) => void io.err(text) });
  for (const one of subcommands) {
    add(program, one, async (given, args) => exit(await one.run({ io, given, args })));
  }
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
    if (!(error instanceof CommanderError)) return reportFault(io, error);
    // The library has said what there is to say, without waiting until it is written.
    await Promise.all([io.out(""), io.err("")]);
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
};
