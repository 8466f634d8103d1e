/** The server on the data directory: whether one runs, and whether it is the one that is configured here. */
import type { Config } from "../config/config.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";

const upstreamOf = ({ letta }: Config): string => letta.baseUrl ?? "demo";

export const server: Check = {
  name: "server",
  async run({ config, running, version }) {
    const found = await running();
    if (found.state === "none") return skip("None runs.");
    if (found.state === "silent") {
      return fail(
        `Process ${found.pid} holds ${config.dataDir} and does not answer.`,
        "Look into its log. If it is stuck, stop it and start it again: nothing that was accepted is lost.",
      );
    }
    const { says, pid } = found;
    const who = pid === undefined ? "A server runs" : `Process ${pid} runs`;
    const [missing] = says.missing;
    if (missing)
      return fail(
        `${who}, but cannot answer messages: ${missing.error}`,
        `See what is said of ${missing.what === "upstream" ? "Letta" : "the server"}, and its log.`,
      );
    if (says.upstream !== upstreamOf(config)) {
      return warn(
        `${who} with ${says.upstream}, but the configuration read here says ${upstreamOf(config)}.`,
        "Start it again if the configuration is new. Otherwise run the doctor where the server's environment is.",
      );
    }
    if (says.version !== version) {
      return warn(
        `${who} as version ${says.version}; this is ${version}.`,
        "Start it again, so that it runs the new one.",
      );
    }
    return ok(`${who} and is ready.`);
  },
};
