/**
 * The double as a process of its own, which outlives the bot that talks to it. It prints its address. Everything is in
 * memory: `bun test/support/telegram/serve.ts [--port N] [--token T] [--hurry N] [--seed N]`.
 */
import { parseArgs } from "node:util";
import { createRandom } from "../../chaos/random.ts";
import { startTelegram } from "./server.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { port: text, token: text, hurry: text, seed: text } });
const random = createRandom(Number(values.seed ?? Date.now()), "telegram");
const million = 1_000_000;

const telegram = startTelegram({
  port: Number(values.port ?? 0),
  hurry: Number(values.hurry ?? 1),
  random: () => random.between(0, million - 1) / million,
  ...(values.token !== undefined && { bot: { token: values.token } }),
});
process.stdout.write(`${telegram.url}\n`);
