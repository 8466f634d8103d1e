/** Subcommands that look at the data: the same with a running server and without one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { run, runHere, type Server, startServer } from "../../support/program.ts";

let cwd: string;
let server: Server | undefined;

beforeAll(async () => {
  cwd = tempDir();
  server = await startServer({ cwd });
  await run(["chat", "the first words"], { cwd });
});

test("each does its work as a process of its own, in an empty environment", async () => {
  const lines = [
    ["token", "list"],
    ["turns", "list"],
    ["deadletters", "list"],
    ["backup"],
    ["config", "print"],
    ["doctor"],
  ];
  const done = await Promise.all(lines.map((line) => run([...line, "--json"], { cwd })));
  for (const { code, out, err } of done) {
    expect({ code, err }).toEqual({ code: 0, err: "" });
    JSON.parse(out);
  }
});

afterAll(async () => {
  expect(await server?.stop()).toBe(0);
  rmSync(cwd, { recursive: true, force: true });
});

const lettabox = (...args: readonly string[]) => runHere(args, { cwd });

const json = async <T>(...args: readonly string[]): Promise<T> => {
  const { code, out, err } = await lettabox(...args, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as T;
};

type Letter = { readonly id: number; readonly turnId: string; readonly code: string };
type Turn = { readonly turnId: string; readonly state: string; readonly response: string };

describe.each(["with a server", "without a server"])("%s", (surroundings) => {
  beforeAll(async () => {
    // Something that gave up, for either half.
    await lettabox("chat", "demo fail");
    if (surroundings === "with a server") return;
    expect(await server?.stop()).toBe(0);
    server = undefined;
  });

  afterAll(async () => {
    server ??= await startServer({ cwd });
  });

  test("token create, list and revoke", async () => {
    const name = `website ${surroundings}`;
    const made = await lettabox("token", "create", "--name", name);
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^lb_[\w-]{43}\n$/);
    expect(made.err).toContain("shown once");
    const listed = await json<{ id: number; name: string; scopes: string[]; revokedAt: string | null }[]>(
      "token",
      "list",
    );
    const mine = listed.find((one) => one.name === name);
    expect(mine).toMatchObject({ scopes: ["chat"], revokedAt: null });
    expect(JSON.stringify(listed)).not.toContain(made.out.trim());
    expect((await lettabox("token", "list")).out).toMatch(new RegExp(`^${mine?.id} +${name} +chat `, "m"));
    expect(await lettabox("token", "create", "--name", name)).toMatchObject({
      code: 1,
      err: `lettabox: There is a token named "${name}" already.\n`,
    });
    const id = String(mine?.id);
    expect(await lettabox("token", "revoke", id)).toEqual({ code: 0, out: `Token ${id} is revoked.\n`, err: "" });
    expect(await lettabox("token", "revoke", id)).toEqual({ code: 1, out: "", err: "lettabox: Token not found\n" });
    expect(await lettabox("token", "create", "--name", "x", "--scope", "root")).toMatchObject({ code: 2 });
  });

  test("token create bounds what a token may, where, and for how long", async () => {
    const name = `bounded ${surroundings}`;
    const bounds = ["--scope", "send,chat", "--agent", "Demo", "--expires", "30d", "--rate", "30"];
    const made = await json<{ token: string; agents: readonly string[]; expiresAt: string }>(
      "token",
      "create",
      "--name",
      name,
      ...bounds,
    );
    expect(made).toMatchObject({ name, scopes: ["chat", "send"], ratePerMinute: 30, revokedAt: null });
    expect(made.agents).toEqual([expect.stringMatching(/^agent-/)]);
    const { out } = await lettabox("token", "list");
    expect(out).toMatch(
      new RegExp(`${name} +chat,send .* until ${made.expiresAt}; only ${made.agents[0]}; 30 a minute$`, "m"),
    );
    const refused = [
      ["--agent", "Nobody"],
      ["--expires", "yesterday"],
      ["--expires", "0d"],
      ["--rate", "many"],
      ["--scope", "chat,root"],
    ];
    for (const bound of refused) {
      const { code, err } = await lettabox("token", "create", "--name", "refused", ...bound);
      expect([bound, code > 0, err.length > 10]).toEqual([bound, true, true]);
    }
    expect((await lettabox("token", "list")).out).not.toContain("refused");
  });

  test("turns list and show", async () => {
    const turns = await json<readonly Turn[]>("turns", "list");
    const first = turns.find((turn) => turn.state === "done" && turn.response.includes("the first words"));
    expect(first).toBeDefined();
    const id = first?.turnId ?? "";
    expect((await lettabox("turns", "list", "--limit", "50")).out).toMatch(new RegExp(`^${id} +done +Demo `, "m"));
    expect(await json<Turn>("turns", "show", id)).toEqual(first as Turn);
    expect((await lettabox("turns", "show", id)).out).toContain("state           done\n");
    expect(await lettabox("turns", "show", "turn_0")).toEqual({ code: 1, out: "", err: "lettabox: Turn not found\n" });
    expect(await lettabox("turns", "list", "--limit", "many")).toMatchObject({ code: 2 });
  });

  test("deadletters list, show, retry and drop", async () => {
    const [letter] = await json<readonly Letter[]>("deadletters", "list");
    expect(letter).toMatchObject({ code: "provider_failed", turnId: expect.stringMatching(/^turn_/) });
    const id = String(letter?.id);
    expect((await lettabox("deadletters", "list")).out).toMatch(new RegExp(`^${id} +turn +provider_failed `, "m"));
    expect(await json<object>("deadletters", "show", id)).toMatchObject({ id: letter?.id, turn: { state: "failed" } });
    expect((await lettabox("deadletters", "show", id)).out).toMatch(/^code +provider_failed$/m);

    const retried = await json<{ turnId: string }>("deadletters", "retry", id);
    expect(retried.turnId).not.toBe(letter?.turnId);
    expect(await lettabox("deadletters", "show", id)).toMatchObject({
      code: 1,
      err: "lettabox: Dead letter not found\n",
    });
    server ??= await startServer({ cwd });
    const headers = { "x-api-key": server.token };
    await (await fetch(`${server.url}/api/v1/turns/${retried.turnId}/events`, { headers })).text();
    const [again] = await json<readonly Letter[]>("deadletters", "list");
    expect(again).toMatchObject({ turnId: retried.turnId });

    if (surroundings === "without a server") {
      await server.stop();
      server = undefined;
    }
    const next = String(again?.id);
    expect(await lettabox("deadletters", "drop", next)).toEqual({
      code: 0,
      out: `Dead letter ${next} is dropped.\n`,
      err: "",
    });
    expect(await lettabox("deadletters", "list")).toEqual({ code: 0, out: "There are no dead letters.\n", err: "" });
    expect(await lettabox("deadletters", "drop", next)).toMatchObject({ code: 1 });
  });

  test("backup makes a checked copy that another server starts from", async () => {
    const place = tempDir();
    const { file, turns } = await json<{ file: string; bytes: number; turns: number }>(
      "backup",
      "--to",
      `${place}/copy.sqlite`,
    );
    expect({ file, mode: statSync(file).mode & 0o777 }).toEqual({ file: `${place}/copy.sqlite`, mode: 0o600 });
    expect(turns).toBe((await json<readonly Turn[]>("turns", "list")).length);
    const taken = await lettabox("backup", "--to", file);
    expect(taken).toMatchObject({ code: 1, err: `lettabox: ${file} exists already; choose another name.\n` });

    const restored = join(place, "restored");
    mkdirSync(restored, { mode: 0o700 });
    copyFileSync(file, join(restored, "lettabox.sqlite"));
    copyFileSync(join(cwd, ".lettabox/master.key"), join(restored, "master.key"));
    const second = await startServer({ cwd: place }, "--data-dir", restored);
    const shown = await runHere(["turns", "list", "--json", "--data-dir", restored], { cwd: place });
    expect((JSON.parse(shown.out) as readonly Turn[]).some((turn) => turn.response.includes("the first words"))).toBe(
      true,
    );
    expect(await second.stop()).toBe(0);
    rmSync(place, { recursive: true, force: true });
  });
});

test("backup names the file by its time, and leaves nothing behind when it fails", async () => {
  const { out } = await lettabox("backup");
  expect(out).toMatch(/\/lettabox-\d{8}T\d{6}\.sqlite: \d+ bytes, \d+ turns, checked\.\n$/);
  const failed = await lettabox("backup", "--to", "no/such/place/copy.sqlite");
  expect(failed).toMatchObject({
    code: 1,
    out: "",
    err: `lettabox: The directory ${join(cwd, "no/such/place")} does not exist.\nMake it, or choose another with --to.\n`,
  });
  const empty = tempDir();
  expect(await runHere(["backup"], { cwd: empty })).toMatchObject({
    code: 1,
    err: expect.stringContaining("There is no database in"),
  });
  expect(readdirSync(empty)).toEqual([]);
  rmSync(empty, { recursive: true, force: true });
});

test("health tells a running server from none, and a ready one from one that is not", async () => {
  const url = server?.url ?? "";
  // The demo agent has to be found first.
  await until(async () => ((await lettabox("health", "--ready", "--url", url)).code === 0 ? true : undefined));
  expect(await lettabox("health", "--url", url)).toEqual({ code: 0, out: "ok\n", err: "" });
  expect(await json<object>("health", "--ready", "--url", `${url}/`)).toEqual({
    ok: true,
    status: 200,
    url: `${url}/readyz`,
  });
  const env = { HOST: "0.0.0.0", PORT: String(new URL(url).port) };
  expect(await runHere(["health"], { cwd, env })).toMatchObject({ code: 0, out: "ok\n" });
  const nowhere = await runHere(["health"], { cwd, env: { PORT: "1" } });
  expect(nowhere).toEqual({ code: 69, out: "", err: "lettabox: No server answers at http://127.0.0.1:1/livez.\n" });
  const inJson = await runHere(["health", "--json"], { cwd, env: { PORT: "1" } });
  expect(inJson).toMatchObject({ code: 69, err: "" });
  expect(JSON.parse(inJson.out)).toEqual({ ok: false, url: "http://127.0.0.1:1/livez" });

  const unready = tempDir();
  const waiting = await startServer({ cwd: unready, env: { LETTA_BASE_URL: "http://127.0.0.1:1" } });
  expect(await runHere(["health", "--url", waiting.url], { cwd })).toMatchObject({ code: 0 });
  const { code, out } = await runHere(["health", "--ready", "--url", waiting.url], { cwd });
  expect({ code, body: JSON.parse(out) as unknown }).toMatchObject({ code: 69, body: { ready: false } });
  expect(await waiting.stop()).toBe(0);
  rmSync(unready, { recursive: true, force: true });
});
