/** The double as a process of its own, which outlives the bot that talks to it: `bun serve.ts [--port N] [--token T] [--hurry N]`. */
import { parseArgs } from "node:util";
import { startTelegram } from "./server.ts";

const { values } = parseArgs({
  options: { port: { type: "string" }, token: { type: "string" }, hurry: { type: "string" } },
});
const telegram = startTelegram({
  port: Number(values.port ?? 0),
  hurry: Number(values.hurry ?? 1),
  ...(values.token !== undefined && { bot: { token: values.token } }),
});
process.stdout.write(`${telegram.url}\n`);
