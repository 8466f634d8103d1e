/** `lettabox claim`. */
import type { Claim } from "../access/claims.ts";
import type { Flags } from "../config/config.ts";
import { claimLine } from "./claim-line.ts";
import { connected, readAnswer } from "./connect.ts";
import { exitCodes } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";

export const claim: Subcommand<Partial<Flags> & Json> = {
  usage: "claim [bot]",
  about: "print a code by which somebody becomes an operator of a bot; it works once",
  options: [...configOptions, jsonOption],
  examples: ["lettabox claim", "lettabox claim support"],
  run: ({ io, given, args: [bot] }) =>
    connected(io, given, async (connection) => {
      const response = await connection.request("/api/v1/claims", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(bot === undefined ? {} : { bot }),
      });
      const made = await readAnswer<Claim>(response);
      await io.out(given.json ? `${JSON.stringify(made)}\n` : `${claimLine(made)}\n`);
      return exitCodes.ok;
    }),
};
