/** `lettabox doctor`: what it finds, what it says to do, and that it changes nothing. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { serveSimulator } from "../../../src/simulator/serve.ts";
import { tempDir } from "../../support/app.ts";
import { startTelegram } from "../../support/telegram/server.ts";
import { until } from "../../support/box.ts";
import { run, runHere, type Server, startServer } from "../../support/program.ts";

type Finding = { readonly check: string; readonly state: string; readonly text: string; readonly fix?: string };
type Answer = { readonly ok: boolean; readonly version: string; readonly findings: readonly Finding[] };

let cwd: string;
let dataDir: string;
let closers: (() => unknown)[];

beforeEach(() => {
  cwd = tempDir();
  dataDir = join(cwd, ".lettabox");
  closers = [];
});

afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  rmSync(cwd, { recursive: true, force: true });
});

type Env = Readonly<Record<string, string>>;

/** Port 0, so that no other program on the machine plays a part. */
const examine = async (env: Env = {}): Promise<Answer & { readonly of: (check: string) => Finding | undefined }> => {
  const { code, out, err } = await runHere(["doctor", "--json"], { cwd, env: { PORT: "0", ...env } });
  expect(err).toBe("");
  const answer = JSON.parse(out) as Answer;
  expect(code).toBe(answer.ok ? 0 : 1);
  expect(answer.ok).toBe(answer.findings.every(({ state }) => state !== "fail"));
  for (const { state, fix } of answer.findings) expect(fix !== undefined).toBe(state === "warn" || state === "fail");
  return { ...answer, of: (check) => answer.findings.find((finding) => finding.check === check) };
};

const serve = async (env: Env = {}, place = cwd): Promise<Server> => {
  const server = await startServer({ cwd: place, env });
  closers.push(() => server.stop());
  return server;
};

/** One that has found its agents. */
const serveReady = async (): Promise<Server> => {
  const server = await serve();
  await until(async () => ((await fetch(`${server.url}/readyz`)).ok ? true : undefined));
  return server;
};

/** A data directory as a server leaves it. */
const served = async (): Promise<void> => {
  const server = await startServer({ cwd });
  expect(await server.stop()).toBe(0);
};

const answering = (answer: (request: Request) => Response): string => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  closers.push(() => server.stop(true));
  return `http://127.0.0.1:${server.port}`;
};

const lookAt = async (url: string) => (await examine({ PUBLIC_URL: url })).of("public-url");

test("bots are asked for on their platforms, and one whose key is refused is told with what to do", async () => {
  const telegram = startTelegram();
  closers.push(() => telegram.stop());
  expect((await examine()).of("bots")).toMatchObject({ state: "skip" });
  const env = { TELEGRAM_BOT_TOKEN: telegram.bot().token, TELEGRAM_API_ROOT: telegram.url };
  expect((await examine(env)).of("bots")).toMatchObject({ state: "ok", text: "telegram is box_bot." });
  writeFileSync(join(cwd, "lettabox.yaml"), "bots:\n  telegram:\n    groups:\n      mode: listen\n", { mode: 0o600 });
  expect((await examine(env)).of("bots")).toMatchObject({ state: "warn", text: expect.stringContaining("listen") });
  const wrong = "123456789:a-token-that-nobody-gave";
  const found = (await examine({ ...env, TELEGRAM_BOT_TOKEN: wrong })).of("bots");
  expect(found).toMatchObject({ state: "fail", fix: expect.stringContaining("new key") });
  expect(JSON.stringify(found)).not.toContain(wrong);
  // Nothing was registered: the doctor changes nothing.
  expect(telegram.log().map(({ method }) => method)).toEqual(
    ["getMe", "getMe", "getMe"].slice(0, telegram.log().length),
  );
});

describe("before the first start", () => {
  test("nothing is wrong and nothing is made", async () => {
    const found = await examine();
    expect(found.version).toBe(manifest.version);
    expect(found.findings.filter(({ state }) => state === "fail")).toEqual([]);
    expect(found.of("data-dir")).toMatchObject({ state: "ok" });
    for (const check of ["database", "master-key", "server", "letta-server", "clock", "public-url"]) {
      expect(found.of(check)?.state).toBe("skip");
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("it works as a process of its own, in an empty environment, and people get lines", async () => {
    const { code, out, err } = await run(["doctor", "--port", "0"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^ok {4}configuration {2}It is valid; there is no file\.\n/);
    expect(out).toMatch(/^skip {2}server {9}None runs\.$/m);
  });

  test("every problem of the configuration is told, and nothing else is looked at", async () => {
    const { findings, ok } = await examine({ PORT: "x", LOG_LEVEL: "loud" });
    expect(ok).toBe(false);
    expect(findings.map(({ check, state }) => [check, state])).toEqual([
      ["configuration", "fail"],
      ["configuration", "fail"],
    ]);
    expect(findings[0]?.text).toContain("PORT (environment)");
    expect(findings[1]?.text).toContain("LOG_LEVEL (environment)");
  });

  test("names of other programs are warnings", async () => {
    const { findings } = await examine({ LETTABOT_LOG_LEVEL: "info" });
    expect(findings[1]).toMatchObject({ state: "warn", text: "LETTABOT_LOG_LEVEL: accepted, now LOG_LEVEL" });
  });
});

describe("beside a server", () => {
  test("it is asked, its lock is left alone, and it goes on", async () => {
    const server = await serveReady();
    const found = await examine({ PORT: new URL(server.url).port });
    for (const check of ["data-dir", "database", "master-key", "server", "port"]) {
      expect(found.of(check)).toMatchObject({ state: "ok" });
    }
    // How fast the disk of this machine is, is for the doctor to say.
    expect(found.of("disk-sync")).toMatchObject({
      state: expect.stringMatching(/^(ok|warn)$/),
      text: expect.stringMatching(/on disk after [\d.]+ ms/),
    });
    expect(found.of("server")?.text).toBe(`Process ${server.pid} runs and is ready.`);
    const second = await run(["serve", "--port", "0"], { cwd });
    expect(second).toMatchObject({ code: 78, err: expect.stringContaining(`Process ${server.pid} already uses`) });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(readdirSync(dataDir).filter((name) => name.startsWith(".doctor"))).toEqual([]);
  });

  test("one with another configuration is told apart", async () => {
    const server = await serveReady();
    const found = await examine({ PORT: "1", LETTA_BASE_URL: answering(() => new Response("{}")) });
    expect(found.of("server")).toMatchObject({ state: "warn", text: expect.stringContaining("with demo, but") });
    expect(found.of("port")).toMatchObject({
      state: "warn",
      text: "The server that runs is not at http://127.0.0.1:1.",
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test("one that cannot answer messages is a failure with its reason", async () => {
    const env = { LETTA_BASE_URL: "http://127.0.0.1:1" };
    await serve(env);
    const found = await examine(env);
    expect(found.of("server")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("cannot answer messages"),
    });
    expect(found.of("letta-server")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("cannot be reached"),
    });
    expect(found.of("letta-key")?.state).toBe("skip");
  });

  test("the public address is followed to see whether it leads here", async () => {
    const server = await serve();
    expect(await lookAt(server.url)).toMatchObject({ state: "warn", text: expect.stringContaining("without TLS") });
    const otherPlace = tempDir();
    closers.push(() => rmSync(otherPlace, { recursive: true, force: true }));
    const other = await serve({}, otherPlace);
    expect(await lookAt(other.url)).toMatchObject({ state: "fail", text: expect.stringContaining("another lettabox") });
    const website = answering(() => new Response("welcome", { status: 404 }));
    expect(await lookAt(website)).toMatchObject({ state: "fail", text: `${website} answers 404, and is no lettabox.` });
    expect(await lookAt("https://127.0.0.1:1")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("reached"),
    });
  });
});

describe("the data directory", () => {
  test("what others may read is named with the command that mends it", async () => {
    await served();
    chmodSync(dataDir, 0o755);
    expect((await examine()).of("data-dir")).toMatchObject({ state: "warn", fix: `Run: chmod 700 ${dataDir}` });
    const key = join(dataDir, "master.key");
    chmodSync(key, 0o644);
    expect((await examine()).of("data-dir")).toMatchObject({
      state: "fail",
      text: `Others may read ${key}.`,
      fix: `Run: chmod 600 ${key}`,
    });
  });

  test("a wrong, a lost and an emptied master key are failures", async () => {
    await served();
    expect((await examine()).of("master-key")).toMatchObject({ state: "ok" });
    const key = join(dataDir, "master.key");
    writeFileSync(key, "another-key-that-has-more-than-32-characters\n");
    expect((await examine()).of("master-key")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("not open"),
    });
    writeFileSync(key, "\n");
    expect((await examine()).of("master-key")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("no key"),
    });
    rmSync(key);
    expect((await examine()).of("master-key")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("no master"),
    });
    expect(existsSync(key)).toBe(false);
    const env = { ENCRYPTION_MASTER_KEY: "another-key-that-has-more-than-32-characters" };
    expect((await examine(env)).of("master-key")).toMatchObject({ state: "fail" });
  });

  test("a database that is newer, older or none is told", async () => {
    await served();
    const path = join(dataDir, "lettabox.sqlite");
    const setVersion = (version: string): void => {
      const sqlite = new Database(path);
      sqlite.run(`PRAGMA user_version = ${version}`);
      sqlite.close();
    };
    setVersion("99");
    expect((await examine()).of("database")).toMatchObject({
      state: "fail",
      text: expect.stringContaining("version 99"),
    });
    setVersion("0");
    expect((await examine()).of("database")).toMatchObject({
      state: "ok",
      text: expect.stringContaining("the next start"),
    });
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    writeFileSync(path, "this is no database, whatever its name says");
    expect((await examine()).of("database")).toMatchObject({
      state: "fail",
      text: "It cannot be read (SQLITE_NOTADB).",
    });
  });

  test("a process that holds it and does not answer is a failure", async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "lock.pid"), `${process.pid}\n`);
    expect((await examine()).of("server")).toMatchObject({
      state: "fail",
      text: `Process ${process.pid} holds ${dataDir} and does not answer.`,
    });
  });

  test("one that cannot be looked at is not told as one that is not there yet", async () => {
    const file = join(cwd, "file");
    writeFileSync(file, "");
    const { of } = await examine({ DATA_DIR: join(file, "data") });
    expect(of("disk-sync")).toMatchObject({ state: "fail", text: "It cannot be looked at (ENOTDIR)." });
  });

  test("a file in its place is a failure", async () => {
    writeFileSync(dataDir, "");
    const found = await examine({ DATA_DIR: join(dataDir, "below") });
    expect(found.of("data-dir")).toMatchObject({ state: "fail" });
  });
});

test("a configuration file with secrets that others may read is a warning", async () => {
  const file = join(cwd, "lettabox.yaml");
  writeFileSync(file, "letta: { apiKey: canary-77, baseUrl: 'http://127.0.0.1:1' }\n");
  chmodSync(file, 0o644);
  const found = await examine();
  expect(found.of("config-file")).toMatchObject({ state: "warn", text: expect.stringContaining("letta.apiKey") });
  expect(JSON.stringify(found.findings)).not.toContain("canary");
  chmodSync(file, 0o600);
  expect((await examine()).of("config-file")).toMatchObject({ state: "ok" });
});

test("a port that another program has is a failure", async () => {
  const port = new URL(answering(() => new Response("mine"))).port;
  expect((await examine({ PORT: port })).of("port")).toMatchObject({
    state: "fail",
    text: `127.0.0.1:${port} cannot be listened on (EADDRINUSE).`,
  });
  const env = { HOST: "192.0.2.1", LETTABOX_API_KEY: "0123456789abcdef", PORT: port };
  expect((await examine(env)).of("port")).toMatchObject({
    state: "fail",
    text: expect.stringContaining("(EADDRNOTAVAIL)"),
    fix: expect.stringContaining("Correct HOST"),
  });
});

describe("the Letta server", () => {
  test("one that answers, and whose agents exist", async () => {
    const demoDir = tempDir();
    const demo = serveSimulator({ port: 0, hostname: "127.0.0.1", dataDir: demoDir });
    closers.push(
      () => rmSync(demoDir, { recursive: true, force: true }),
      () => demo.stop(),
    );
    const env = { LETTA_BASE_URL: demo.url };
    const found = await examine(env);
    for (const check of ["letta-server", "letta-key", "letta-agents", "clock"]) {
      expect(found.of(check)).toMatchObject({ state: "ok" });
    }
    const named = await examine({ ...env, LETTA_AGENT_NAME: "Demo,Nobody", LETTA_AGENT_ID: "agent-none" });
    expect(named.of("letta-agents")).toMatchObject({
      state: "fail",
      text: 'There is no agent agent-none. There is no agent named "Nobody".',
    });
  });

  test("a key that is rejected is named, without the key", async () => {
    const url = answering(() => Response.json({ detail: "no canary-9 here" }, { status: 401 }));
    const found = await examine({ LETTA_BASE_URL: url, LETTA_API_KEY: "canary-9" });
    expect(found.of("letta-server")).toMatchObject({ state: "ok" });
    expect(found.of("letta-key")).toMatchObject({ state: "fail", text: "Letta rejected the API key." });
    expect(found.of("letta-agents")?.state).toBe("skip");
    expect(JSON.stringify(found.findings)).not.toContain("canary");
  });
});
