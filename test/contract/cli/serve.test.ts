/** `lettabox serve` as an operator meets it: what it prints, why it does not start, how it stops. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../support/app.ts";
import { run, runHere, type Server, startServer } from "../../support/program.ts";

let cwd: string;
let servers: Server[];

beforeEach(() => {
  cwd = tempDir();
  servers = [];
});

afterEach(async () => {
  for (const server of servers) expect(await server.stop()).toBe(0);
  rmSync(cwd, { recursive: true, force: true });
});

const serve = async (...args: readonly string[]): Promise<Server> => {
  const server = await startServer({ cwd }, ...args);
  servers.push(server);
  return server;
};

describe("a server that starts", () => {
  test("prints its address, where the token is, and a line that works when it is pasted into sh", async () => {
    const dataDir = join(cwd, "it's a place with spaces");
    const server = await serve("--data-dir", dataDir);
    const welcome = server.out();
    expect(welcome).toContain(`API      ${server.url}/api/v1/chat`);
    expect(welcome).toContain(`Token    ${dataDir}/admin.token (admin, works on this machine only)`);
    expect(welcome).not.toContain(server.token);
    const lines = welcome.split("\n").filter((line) => line.startsWith("curl "));
    expect(lines).toHaveLength(1);
    const shell = Bun.spawn(["sh", "-c", lines[0] ?? ""], { cwd: "/", stdout: "pipe", stderr: "pipe" });
    const events = await new Response(shell.stdout).text();
    expect(await shell.exited).toBe(0);
    expect(events).toContain('"type":"result","success":true');
    expect(events).toContain("one two three four five six seven eight hello");
  });

  test("says hello to agents of one's own, who know no phrases of the demo", async () => {
    const server = await startServer({ cwd, env: { LETTA_BASE_URL: "http://127.0.0.1:1" } });
    servers.push(server);
    const line = server
      .out()
      .split("\n")
      .find((one) => one.startsWith("curl "));
    expect(line).toEndWith(`-d '{"message":"hello"}'`);
  });

  test("keeps everything in one directory, for its owner only", async () => {
    await serve();
    const dataDir = join(cwd, ".lettabox");
    for (const name of ["lettabox.sqlite", "admin.token", "master.key", "lettabox.sock", "lock"]) {
      expect([name, (statSync(join(dataDir, name)).mode & 0o077).toString(8)]).toEqual([name, "0"]);
    }
  });

  test("keeps its token and what was said over a restart", async () => {
    const first = await serve();
    await run(["chat", "hello"], { cwd });
    expect(await first.stop()).toBe(0);
    servers = [];
    const second = await serve();
    expect(second.token).toBe(first.token);
    const { out } = await run(["turns", "list", "--json"], { cwd });
    expect(JSON.parse(out)).toMatchObject([{ state: "done" }]);
  });

  test("says once what is accepted under another name", async () => {
    const server = await startServer({ cwd, env: { LETTABOT_API_KEY: "a-token-from-the-old-days" } });
    servers.push(server);
    expect(server.err()).toContain("LETTABOT_API_KEY: accepted, now LETTABOX_API_KEY");
    const headers = { "x-api-key": "a-token-from-the-old-days" };
    expect((await fetch(`${server.url}/api/v1/turns`, { headers })).status).toBe(200);
  });
});

const fails = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { code, out, err } = await runHere(["serve", "--port", "0", ...args], { cwd, env });
  expect({ code, out }).toEqual({ code: 78, out: "" });
  expect(err).not.toContain("    at ");
  return err;
};

describe("a server that does not start says why, what to do, and exits with 78", () => {
  test("the port is in use", async () => {
    const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("mine") });
    try {
      const err = await fails(["--port", String(taken.port)]);
      expect(err).toContain(`lettabox: Port ${taken.port} on 127.0.0.1 is in use by another program.\n`);
      expect(err).toContain("choose another port with --port or PORT");
    } finally {
      await taken.stop(true);
    }
    // It left nothing that keeps the next one from starting.
    await serve();
  });

  test("the port is none", async () => {
    const said = await Promise.all(["abc", "-1", "65536", "8080.5"].map((port) => fails([`--port=${port}`])));
    for (const err of said) expect(err).toContain("--port (command line): must be a whole number from 0 to 65535");
  });

  test("the address is not this machine's", async () => {
    const err = await fails(["--host", "192.0.2.1"], { LETTABOX_API_KEY: "x".repeat(32) });
    expect(err).toContain("lettabox: This machine has no address 192.0.2.1.\n");
  });

  test("other machines could come in without a token", async () => {
    expect(await fails(["--host", "0.0.0.0"])).toContain("set LETTABOX_API_KEY");
  });

  test("the data directory is a file, or lies below one", async () => {
    writeFileSync(join(cwd, "file"), "");
    for (const path of ["file", "file/below"]) {
      const err = await fails(["--data-dir", path]);
      expect(err).toContain(`lettabox: The data directory ${join(cwd, path)} cannot be used`);
      expect(err).toContain("Choose another directory with --data-dir or DATA_DIR.");
    }
  });

  test("the data directory cannot be written", async () => {
    const closed = join(cwd, "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    // Root may write anywhere but where the kernel says no.
    const path = process.getuid?.() === 0 ? "/sys/lettabox" : closed;
    expect(await fails(["--data-dir", path])).toContain(`lettabox: The data directory ${path} cannot be used`);
  });

  test("another server uses the data directory: its process is named", async () => {
    const first = await serve();
    const { code, err } = await run(["serve", "--port", "0"], { cwd });
    expect(code).toBe(78);
    expect(err).toContain(`lettabox: Process ${first.pid} already uses the data directory`);
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  test("the master key is another one; starting over with it is one command", async () => {
    const first = await serve();
    expect(await first.stop()).toBe(0);
    servers = [];
    writeFileSync(join(cwd, ".lettabox/master.key"), "another-master-key-of-forty-characters-!", { mode: 0o600 });
    const err = await fails([]);
    expect(err).toContain("lettabox: The master key does not open this database.\n");
    expect(err).toContain("lettabox keys reset --forget-secrets");
    expect(await runHere(["keys", "reset"], { cwd })).toMatchObject({ code: 2 });
    expect(await run(["keys", "reset", "--forget-secrets"], { cwd })).toMatchObject({
      code: 0,
      out: "The present master key is in force. Secrets forgotten: 0.\n",
    });
    await serve();
  });

  test("the master key is too short", async () => {
    const err = await fails([], { ENCRYPTION_MASTER_KEY: "short" });
    expect(err).toContain("ENCRYPTION_MASTER_KEY (environment): must have at least 32 characters each");
    expect(err).not.toContain("short");
  });

  test("the configuration has mistakes: all of them at once, each with what was meant", async () => {
    writeFileSync(join(cwd, "lettabox.yaml"), "prot: 9090\nletta:\n  agentName: Ada\nlimits:\n  bodyBytes: many\n");
    const err = await fails(["--log-level", "loud"], { LETTA_BASE_ULR: "http://localhost", PORT: "x" });
    const path = join(cwd, "lettabox.yaml");
    expect(err).toContain("LETTA_BASE_ULR (environment): unknown; did you mean LETTA_BASE_URL?");
    expect(err).toContain(`prot (${path}:1): unknown; did you mean port?`);
    expect(err).toContain(`letta.agentName (${path}:3): unknown; did you mean letta.agentNames?`);
    expect(err).toContain(`limits.bodyBytes (${path}:5): must be a whole number`);
    expect(err).toContain("--log-level (command line): must be one of debug, info, warn, error, silent");
    expect(existsSync(join(cwd, ".lettabox"))).toBe(false);
  });

  test("the database is of a newer version: both are named", async () => {
    const first = await serve();
    expect(await first.stop()).toBe(0);
    servers = [];
    const db = new Database(join(cwd, ".lettabox/lettabox.sqlite"));
    db.run("PRAGMA user_version = 9999");
    db.close();
    expect(await fails([])).toContain("9999");
  });
});

test("SIGTERM lets a turn come to its end, closes, and the process exits with 0", async () => {
  const server = await startServer({ cwd });
  const headers = { "content-type": "application/json", "x-api-key": server.token };
  const body = JSON.stringify({ message: "demo slow 8 before the end" });
  const streaming = await fetch(`${server.url}/api/v1/chat`, {
    method: "POST",
    headers: { ...headers, accept: "text/event-stream" },
    body,
  });
  const waiting = fetch(`${server.url}/api/v1/chat`, {
    method: "POST",
    headers,
    body: JSON.stringify({ message: "demo slow 8 json", chat: "b" }),
  });
  const reader = streaming.body?.getReader();
  let heard = new TextDecoder().decode((await reader?.read())?.value);
  // Both are at work, or through already: what is still queued at a stop stays for the next start.
  for (;;) {
    const { turns } = (await (await fetch(`${server.url}/api/v1/turns`, { headers })).json()) as {
      turns: { state: string }[];
    };
    if (turns.length === 2 && turns.every(({ state }) => state !== "queued")) break;
    await Bun.sleep(5);
  }
  server.kill("SIGTERM");
  for (;;) {
    const piece = await reader?.read();
    if (!piece || piece.done) break;
    heard += new TextDecoder().decode(piece.value);
  }
  expect(heard).toContain('"type":"result","success":true');
  const answer = await waiting;
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ response: expect.stringContaining("eight json") });
  expect(await server.exited).toBe(0);
  expect(server.err()).toContain('"event":"server.stopped"');
  expect(existsSync(join(cwd, ".lettabox/lettabox.sock"))).toBe(false);
  expect(readFileSync(join(cwd, ".lettabox/admin.token"), "utf8").trim()).toBe(server.token);
});
