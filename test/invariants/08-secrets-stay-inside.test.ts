import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createSimulator } from "../../src/simulator/simulator.ts";
import { tempDir } from "../support/app.ts";
import { openRaw, request } from "../support/raw.ts";
import { type Outcome, run, type Server, start, startServer } from "../support/program.ts";

/** Each is in what the process is given, and must not be in anything it shows. */
const canaries = {
  message: "zebra-said-to-the-agent",
  answer: "zebra-said-by-the-agent",
  token: "zebra-configured-token-of-the-api",
  master: "zebra-master-key-of-forty-characters-or-so",
  letta: "zebra-key-of-the-letta-account",
  guess: "zebra-token-that-somebody-guessed",
};

const env = {
  LETTABOX_API_KEY: canaries.token,
  ENCRYPTION_MASTER_KEY: canaries.master,
  LETTA_API_KEY: canaries.letta,
  LOG_LEVEL: "debug",
};

const cwd = tempDir();
const simulator = createSimulator({ dataDir: null, password: canaries.letta, wordMs: 5 });
/** The lines of requests that reached Letta. */
const urls: string[] = [];
let letta: ReturnType<typeof Bun.serve>;
let server: Server;
/** Everything that was shown to anybody but the one it was for. */
const shown: { readonly what: string; readonly text: string }[] = [];

/** A message that arrives and is not answered before somebody has looked at who sent it. */
const held = { words: "demo slow 3", arrived: Promise.withResolvers<void>(), looked: Promise.withResolvers<void>() };

/** A server that quotes what it was sent when it refuses something. */
const quoting = async (incoming: Request): Promise<Response> => {
  urls.push(`${incoming.method} ${incoming.url}`);
  const body = await incoming.clone().text();
  if (body.includes(held.words)) {
    held.arrived.resolve();
    await held.looked.promise;
  }
  if (!body.includes("refuse this")) return simulator.fetch(incoming);
  return Response.json({ detail: `${incoming.headers.get("authorization")} ${body}` }, { status: 422 });
};

beforeAll(async () => {
  letta = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: quoting });
  server = await startServer({ cwd, env: { ...env, LETTA_BASE_URL: letta.url.origin } });
});

afterAll(async () => {
  server.kill("SIGTERM");
  await server.exited;
  await letta.stop(true);
  simulator.close();
  rmSync(cwd, { recursive: true, force: true });
});

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": canaries.token, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** An error is shown to whoever asked, who need not be whoever wrote. */
const refused = async (response: Response): Promise<void> => {
  const text = await response.text();
  expect([response.ok, text]).toEqual([false, text]);
  shown.push({ what: `the error ${response.status}`, text });
};

const lettabox = async (...args: readonly string[]): Promise<Outcome> =>
  run(args, { cwd, env: { ...env, LETTA_BASE_URL: letta.url.origin } });

/** As everybody on the machine can read them, where the system has such files. */
const argumentsOf = (pid: number): string =>
  existsSync("/proc/self/cmdline") ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";

const leaks = (text: string): readonly string[] => Object.values(canaries).filter((canary) => text.includes(canary));

test("a working day: answers, failures, refusals, a stop, a restart", async () => {
  const { message } = canaries;
  const said = (await (await post("/api/v1/chat", { message })).json()) as { response: string };
  expect(said.response).toContain(message);
  const streamed = await post(
    "/api/v1/chat",
    { message: `my name is ${canaries.answer}` },
    { accept: "text/event-stream" },
  );
  expect(await streamed.text()).toContain(`Nice to meet you, ${canaries.answer}`);

  await refused(await post("/api/v1/chat", { message: `demo fail ${message}` }));
  await refused(await post("/api/v1/chat", { message: `refuse this: ${message}` }));
  await refused(await post("/api/v1/chat", `{"message":"${message}`));
  await refused(await post("/api/v1/chat", { message: `${message}\0` }));
  await refused(await post("/api/v1/chat", { message: message.repeat(1_000) }));
  await refused(await post("/api/v1/chat", { message, idempotencyKey: "\u00e9" }));
  await refused(await post("/api/v1/chat", { message }, { "x-api-key": canaries.guess }));
  await refused(await post("/api/v1/chat", { message }, { "content-encoding": "gzip" }));
  await post("/api/v1/chat", { message: "first", idempotencyKey: "one" });
  await refused(await post("/api/v1/chat", { message, idempotencyKey: "one" }));
  const cut = await openRaw(server.url);
  cut.send(
    request(
      "POST",
      "/api/v1/chat",
      { "content-type": "application/json", "x-api-key": canaries.token },
      JSON.stringify({ message }),
    ).slice(0, -5),
  );
  cut.close();

  const listed = await lettabox("deadletters", "list");
  shown.push({ what: "the list of dead letters", text: listed.out + listed.err });
  for (const args of [
    ["token", "list"],
    ["turns", "list"],
    ["config", "validate"],
    ["config", "validate", "--json"],
  ]) {
    const { code, out, err } = await lettabox(...args);
    expect(code).toBe(0);
    shown.push({ what: args.join(" "), text: args[0] === "turns" ? err : out + err });
  }
  const chat = start(["chat", "-"], { cwd, env, input: `${held.words} ${message}` });
  await held.arrived.promise;
  shown.push({ what: "the arguments of lettabox chat", text: argumentsOf(chat.pid) });
  held.looked.resolve();
  expect(await chat.exited).toBe(0);
  expect(chat.out()).toContain(message);

  shown.push({ what: "the arguments of the server", text: argumentsOf(server.pid) });
  expect(await server.stop()).toBe(0);
  shown.push({ what: "what the server printed and logged", text: server.out() + server.err() });
  expect(server.err()).toContain('"event":"turn.failed"');

  const wrong = await run(["serve", "--port", "0"], {
    cwd,
    env: { ...env, ENCRYPTION_MASTER_KEY: `${canaries.master}-wrong` },
  });
  expect(wrong.code).toBe(78);
  shown.push({ what: "the wrong master key's error", text: wrong.out + wrong.err });
  const mistaken = await run(["serve"], {
    cwd,
    env: { ...env, LETTA_API_KEY: `${canaries.letta} twice`, LETTA_BASE_URL: `http://${canaries.letta}@localhost` },
  });
  expect(mistaken.code).toBe(78);
  shown.push({ what: "the mistaken configuration's error", text: mistaken.out + mistaken.err });

  const again = await startServer({ cwd, env: { ...env, LETTA_BASE_URL: letta.url.origin } });
  expect(await again.stop()).toBe(0);
  shown.push({ what: "what the second server printed and logged", text: again.out() + again.err() });
});

test("nothing that was shown holds a secret or what somebody wrote", () => {
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.map(({ what, text }) => [what, ...leaks(text)]).filter(([, ...found]) => found.length > 0)).toEqual([]);
});

test("no address that was asked for holds one", () => {
  expect(urls.length).toBeGreaterThan(5);
  expect(urls.filter((url) => leaks(url).length > 0)).toEqual([]);
});

test("keys and tokens do not lie in the database, nor in the name of a file", () => {
  const dataDir = join(cwd, ".lettabox");
  const names = readdirSync(dataDir);
  expect(leaks(names.join())).toEqual([]);
  const secrets = [canaries.token, canaries.master, canaries.letta, canaries.guess, server.token];
  for (const name of names.filter((one) => one !== "admin.token" && !one.endsWith(".sock"))) {
    const text = readFileSync(join(dataDir, name), "latin1");
    expect([name, ...secrets.filter((secret) => text.includes(secret))]).toEqual([name]);
  }
});
