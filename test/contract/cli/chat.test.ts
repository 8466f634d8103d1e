/** `lettabox chat` in a terminal: the words as they come, and Ctrl-C. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tempDir } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { program, run, type Server, start, startServer } from "../../support/program.ts";

let cwd: string;
let server: Server;

beforeAll(async () => {
  cwd = tempDir();
  server = await startServer({ cwd });
});

afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(cwd, { recursive: true, force: true });
});

type Turn = { readonly turnId: string; readonly state: string };

const turns = async (): Promise<readonly Turn[]> => {
  const response = await fetch(`${server.url}/api/v1/turns`, { headers: { "x-api-key": server.token } });
  return ((await response.json()) as { turns: readonly Turn[] }).turns;
};

const note = "— demo agent: no Letta server is configured\n";

test("prints the answer, and nothing else, and exits with 0", async () => {
  expect(await run(["chat", "demo", "slow", "2", "and", "done"], { cwd })).toEqual({
    code: 0,
    out: `one two and done\n\n${note}`,
    err: "",
  });
});

test("prints the words as they come", async () => {
  const chat = start(["chat", "demo slow 1000 the last"], { cwd });
  expect(await chat.until(/two/)).not.toContain("the last");
  chat.kill("SIGINT");
  expect(await chat.exited).toBe(130);
});

test("Ctrl-C stops the turn", async () => {
  const chat = start(["chat", "demo slow 1000"], { cwd });
  await chat.until(/three/);
  chat.kill("SIGINT");
  expect(await chat.exited).toBe(130);
  expect(chat.err()).toBe("lettabox: The turn was cancelled.\n");
  expect((await turns())[0]?.state).toBe("cancelled");
});

const eventsOf = (out: string): readonly { type: string }[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });

test("a second Ctrl-C does not wait for a server that does not answer", async () => {
  const chat = start(["chat", "--chat", "stuck", "demo slow 1000"], { cwd });
  await chat.until(/three/);
  server.kill("SIGSTOP");
  let code: number | undefined;
  void chat.exited.then((exit) => {
    code = exit;
  });
  // Two signals at once may arrive as one.
  await until(() => {
    if (code === undefined) chat.kill("SIGINT");
    return code;
  });
  server.kill("SIGCONT");
  expect(code).toBe(130);
  await fetch(`${server.url}/api/v1/turns/${(await turns())[0]?.turnId}/cancel`, {
    method: "POST",
    headers: { "x-api-key": server.token },
  });
});

test("with --json every line is an event, and the exit code is the same", async () => {
  const done = await run(["chat", "--json", "hello"], { cwd });
  expect(done.code).toBe(0);
  expect(eventsOf(done.out).map(({ type }) => type)).toEqual(expect.arrayContaining(["init", "assistant", "result"]));
  const chat = start(["chat", "--json", "demo slow 1000"], { cwd });
  await chat.until(/three/);
  chat.kill("SIGINT");
  expect(await chat.exited).toBe(130);
  expect(eventsOf(chat.out()).at(-1)).toMatchObject({ type: "result", errorCode: "interrupted" });
});

test("a failed turn is told on standard error, with exit code 1", async () => {
  const { code, out, err } = await run(["chat", "demo fail"], { cwd });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^lettabox: .*run-[\w-]+\)\n$/);
});

test("tools are remarked beside the answer", async () => {
  const { out, err } = await run(["chat", "demo tool"], { cwd });
  expect(err).toBe("[tool] get_time\n");
  expect(out).toStartWith("The tool get_time says:");
});

test("a message may come from standard input, where nobody reads it off the command line", async () => {
  const { code, out } = await run(["chat", "-"], { cwd, input: "written\nin a file" });
  expect(code).toBe(0);
  expect(out).toStartWith("You said: written\nin a file\n");
});

test("what the server refuses is said in its words", async () => {
  expect(await run(["chat", "--agent", "Nobody", "hello"], { cwd })).toEqual({
    code: 1,
    out: "",
    err: "lettabox: Agent not found: Nobody. Available: Demo\n",
  });
  const { code, err } = await run(["chat", "-"], { cwd, input: "x".repeat(10_001) });
  expect({ code, err }).toEqual({ code: 2, err: "lettabox: Message too long (max 10000 chars)\n" });
});

test("a chat of its own remembers", async () => {
  await run(["chat", "--chat", "a", "my name is Ada"], { cwd });
  expect((await run(["chat", "--chat", "a", "what is my name?"], { cwd })).out).toContain("Your name is Ada.");
});

test("a reader that goes away early ends it, and not the turn", async () => {
  const before = (await turns()).length;
  const line = `${program.map((word) => `'${word}'`).join(" ")} chat demo slow 2 | head -c 1`;
  const shell = Bun.spawn(["sh", "-c", line], { cwd, env: { PATH: Bun.env["PATH"] ?? "" }, stderr: "pipe" });
  expect(await new Response(shell.stderr).text()).toBe("");
  await until(async () => {
    const all = await turns();
    return all.length > before && all[0]?.state === "done" ? true : undefined;
  });
});

test("when the server goes away, it says where the answer will be found", async () => {
  const own = tempDir();
  const other = await startServer({ cwd: own });
  const chat = start(["chat", "demo slow 1000"], { cwd: own });
  await chat.until(/three/);
  other.kill("SIGKILL");
  await other.exited;
  expect(await chat.exited).toBe(69);
  expect(chat.err()).toMatch(/^lettabox: The server went away\. .* lettabox turns show turn_[0-9a-f]+\n$/);
  const lost = await run(["chat", "hello"], { cwd: own });
  expect(lost).toMatchObject({ code: 69, err: expect.stringContaining("lettabox: No server runs on ") });
  rmSync(own, { recursive: true, force: true });
});
