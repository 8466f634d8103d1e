/** `lettabox log-level`: more or less in the log of the server that runs, until its next start. */
import type { Flags } from "../config/config.ts";
import { configure } from "./configure.ts";
import { connectToServer, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";

export const logLevel: Subcommand<Partial<Flags> & Json> = {
  usage: "log-level <level>",
  about: "change what the running server logs, until its next start",
  options: [...configOptions.filter(({ flags }) => !flags.startsWith("--log-level")), jsonOption],
  examples: ["lettabox log-level debug", "lettabox log-level info"],
  async run({ io, given, args: [level] }) {
    const connection = await connectToServer(await configure(io, given));
    try {
      const init = { method: "PUT", body: JSON.stringify({ level }) };
      const answer = await readAnswer<{ readonly level: string; readonly before: string }>(
        await connection.request("/api/v1/log-level", init),
      );
      if (given.json) await io.out(`${JSON.stringify(answer)}\n`);
      else
        await io.out(`The server logs ${answer.level} from now on, until its next start (before: ${answer.before}).\n`);
      return exitCodes.ok;
    } finally {
      await connection.close();
    }
  },
};
