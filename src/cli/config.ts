/** `lettabox config …`: what is set, whether it is right, and what could be. */
import type { Flags } from "../config/config.ts";
import { checkConfiguration, configure } from "./configure.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, servingOptions, type Subcommand } from "./subcommand.ts";

type Given = Partial<Flags> & Json;

const options = [...configOptions, ...servingOptions, jsonOption];

const toJson = (value: unknown): string => `${JSON.stringify(value)}\n`;

export const printConfig: Subcommand<Given> = {
  usage: "config print",
  about: "show every setting with its value and where that came from",
  options,
  examples: ["lettabox config print", "LOG_LEVEL=debug lettabox config print --json"],
  async run({ io, given }) {
    const config = await configure(io, given);
    const { configLines, describeConfig } = await import("../config/description.ts");
    const description = describeConfig(config);
    if (given.json) await io.out(toJson(description));
    else await io.out([...configLines(description), ""].join("\n"));
    if (!given.json) for (const notice of config.notices) await io.err(`${notice}\n`);
    return exitCodes.ok;
  },
};

export const validateConfig: Subcommand<Given> = {
  usage: "config validate",
  about: "check the configuration and tell every problem at once",
  options,
  examples: ["lettabox config validate", "lettabox config validate --config ./lettabox.yaml --json"],
  async run({ io, given }) {
    // Without --json the problems are told as every other subcommand tells them.
    if (!given.json) {
      const { file, notices } = await configure(io, given);
      await io.out(`The configuration is valid${file === undefined ? " (there is no file)" : `: ${file}`}.\n`);
      for (const notice of notices) await io.out(`${notice}\n`);
      return exitCodes.ok;
    }
    const checked = await checkConfiguration(io, given);
    const valid = "config" in checked;
    await io.out(
      toJson(
        valid
          ? { valid, file: checked.config.file ?? null, notices: checked.config.notices, problems: [] }
          : { valid, problems: checked.problems },
      ),
    );
    return valid ? exitCodes.ok : exitCodes.config;
  },
};

export const printSchema: Subcommand = {
  usage: "config schema",
  about: "print the JSON Schema of lettabox.yaml, for editors",
  options: [],
  examples: ["lettabox config schema > lettabox.schema.json"],
  async run({ io }) {
    const { describeSchema } = await import("../config/json-schema.ts");
    await io.out(`${JSON.stringify(describeSchema(), null, 2)}\n`);
    return exitCodes.ok;
  },
};

export const printExample: Subcommand = {
  usage: "config example",
  about: "print a lettabox.yaml with every setting in it, commented out",
  options: [],
  examples: ["lettabox config example > lettabox.yaml"],
  async run({ io }) {
    const { exampleFile } = await import("../config/example.ts");
    await io.out(exampleFile());
    return exitCodes.ok;
  },
};
