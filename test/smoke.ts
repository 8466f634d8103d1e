/**
 * Uses the compiled binary the way a stranger would: alone in an empty directory, with an empty environment. Run it after
 * `bun run build`. The last line counts what passed and failed.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { startTelegram } from "./support/telegram/server.ts";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

let passed = 0;
let failed = 0;

const check = async (what: string, work: () => Promise<unknown> | unknown): Promise<void> => {
  try {
    const held = await work();
    if (held === false) throw new Error("it does not hold");
    passed += 1;
    print(`ok    ${what}`);
  } catch (error) {
    failed += 1;
    print(`FAIL  ${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const home = mkdtempSync(join(tmpdir(), "lettabox-smoke-"));
const elsewhere = mkdtempSync(join(tmpdir(), "lettabox-smoke-bin-"));
const binary = join(elsewhere, "lettabox");
copyFileSync(join(import.meta.dir, "../dist/lettabox"), binary);

const run = async (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
  const child = Bun.spawn([binary, ...args], { cwd: home, env: {}, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
};

await check("version prints the version and exits 0", async () => {
  const { code, out } = await run("version");
  return code === 0 && /^\d+\.\d+\.\d+\n$/.test(out);
});
await check("help has examples", async () => (await run("serve", "--help")).out.includes("Examples:"));
await check("health says that nobody answers, with exit code 69", async () => {
  const { code } = await run("health", "--url", "http://127.0.0.1:1");
  return code === 69;
});

const server = Bun.spawn([binary, "serve", "--port", "0"], { cwd: home, env: {}, stdout: "pipe", stderr: "pipe" });
void new Response(server.stderr).text();
const reader = server.stdout.getReader();
let welcome = "";
while (!welcome.includes("\"}'")) {
  const { value, done } = await reader.read();
  if (done) break;
  welcome += new TextDecoder().decode(value);
}
print(welcome.trimEnd());
const url = /http:\/\/127\.0\.0\.1:\d+/.exec(welcome)?.[0] ?? "";

await check("readyz says that the demo agent answers", async () => {
  const ready = (await (await fetch(`${url}/readyz`)).json()) as { upstream: string };
  return ready.upstream === "demo";
});
const token = readFileSync(join(home, ".lettabox/admin.token"), "utf8").trim();
const line = welcome.split("\n").find((one) => one.startsWith("curl ")) ?? "";
const paste = (text: string) => Bun.spawn(["sh", "-c", text], { stdout: "pipe", stderr: "ignore" });

await check("the printed curl line, pasted into sh, shows an answer", async () => {
  const text = await paste(line).stdout.text();
  if (!text.includes('"type":"result","success":true')) throw new Error(text);
  return text.includes('"type":"assistant","content":"one');
});
await check("it shows words one by one, while the agent speaks", async () => {
  // A story of minutes: it is not over when its first words are here, however slowly they come.
  const story = line.replace(/demo slow \d+/, "demo slow 2000");
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of paste(story).stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split('"type":"assistant"').length > 6) break;
  }
  const headers = { "x-api-key": token };
  const { turns } = (await (await fetch(`${url}/api/v1/turns?limit=1`, { headers })).json()) as {
    turns: readonly { turnId: string; state: string }[];
  };
  await fetch(`${url}/api/v1/turns/${turns[0]?.turnId}/cancel`, { method: "POST", headers });
  if (turns[0]?.state !== "running") throw new Error(`${turns[0]?.state}: ${text}`);
  return !text.includes('"type":"result"');
});
await check("health finds the server", async () => (await run("health", "--ready", "--url", url)).code === 0);
await check("chat talks through the socket", async () => {
  const { code, out } = await run("chat", "hello", "from", "the", "smoke", "test");
  return code === 0 && out.includes("hello from the smoke test");
});
await check(
  "the official SDK of OpenAI gets models, an answer, one in pieces with what it took, and an error",
  async () => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
    const [model] = (await client.models.list()).data;
    const ask = {
      model: model?.id ?? "",
      user: "smoke",
      messages: [{ role: "user", content: "demo slow 3" } as const],
    };
    const whole = await client.chat.completions.create(ask);
    const said = whole.choices[0]?.message.content ?? "";
    let pieces = "";
    let tokens = 0;
    const options = { include_usage: true };
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true, stream_options: options })) {
      pieces += chunk.choices[0]?.delta.content ?? "";
      tokens += chunk.usage?.total_tokens ?? 0;
    }
    const code = await client.chat.completions.create({ ...ask, model: "Eve" }).catch((error: unknown) => {
      return error instanceof OpenAI.NotFoundError ? error.code : error;
    });
    if (!said.startsWith("one two three") || pieces !== said) throw new Error(`${said} in pieces: ${pieces}`);
    return tokens > 0 && (whole.usage?.total_tokens ?? 0) > 0 && code === "model_not_found";
  },
);
await check('a client of LettaBot gets its answer, and events that are JSON behind "data: "', async () => {
  const headers = { "content-type": "application/json", "x-api-key": token };
  const words = "hello from LettaBot's client";
  const body = JSON.stringify({ message: words });
  const request = { method: "POST", headers, body };
  const whole = (await (await fetch(`${url}/api/v1/chat`, request)).json()) as Readonly<Record<string, unknown>>;
  const streaming = { ...request, headers: { ...headers, accept: "text/event-stream" } };
  const text = await (await fetch(`${url}/api/v1/chat`, streaming)).text();
  const events = text
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: "))
    .map((frame) => JSON.parse(frame.replace("data: ", "")) as Readonly<Record<string, unknown>>);
  const pieces = events.filter(({ type }) => type === "assistant").map(({ content }) => content);
  const answers = [String(whole["response"]), pieces.join("")];
  return whole["success"] === true && answers.every((answer) => answer.startsWith(`You said: ${words}`));
});
await check("a backup is made while it serves", async () => {
  const { code } = await run("backup", "--to", "copy.sqlite");
  return code === 0 && readdirSync(home).includes("copy.sqlite");
});
await check("a second server is refused and names the first", async () => {
  const { code, err } = await run("serve", "--port", "0");
  return code === 78 && err.includes(String(server.pid));
});
await check("SIGTERM ends it with exit code 0", async () => {
  server.kill("SIGTERM");
  return (await server.exited) === 0;
});
await check("everything it wrote lies in one directory, readable by its owner only", async () => {
  const list = await new Response(
    Bun.spawn(["find", join(home, ".lettabox"), "-perm", "/077"], { stdout: "pipe" }).stdout,
  ).text();
  if (list !== "") throw new Error(list);
  return readdirSync(home).toSorted().join() === ".lettabox,copy.sqlite";
});

const telegram = startTelegram();
const ann = telegram.addPerson({ name: "Ann" });
const botEnv = { TELEGRAM_BOT_TOKEN: telegram.bot().token, TELEGRAM_API_ROOT: telegram.url };
const isAnswered = (): boolean => telegram.messages(ann).some((one) => one.isBot && !one.isDraft);
await check("a Telegram bot answers whoever writes to it", async () => {
  const bot = Bun.spawn([binary, "serve", "--port", "0"], {
    cwd: elsewhere,
    env: botEnv,
    stdout: "ignore",
    stderr: "ignore",
  });
  await telegram.until(() => telegram.isPolled());
  telegram.say({ from: ann, text: "hello" });
  await telegram.until(() => isAnswered() && telegram.pending() === 0);
  bot.kill("SIGTERM");
  return (await bot.exited) === 0 && telegram.violations().length === 0;
});
await telegram.stop();

for (const directory of [home, elsewhere]) rmSync(directory, { recursive: true, force: true });
print(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
