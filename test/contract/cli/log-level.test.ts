/** The log level of a server that runs: by command, by API. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { startApp, tempDir, type TestApp } from "../../support/app.ts";
import { runHere } from "../../support/program.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const lettabox = (...args: readonly string[]) =>
  runHere(["log-level", ...args, "--data-dir", app.dataDir], { cwd: app.dataDir });

const put = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  app.call("/api/v1/log-level", {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

test("the command sets it and names the one before", async () => {
  expect(await lettabox("warn")).toEqual({
    code: 0,
    out: "The server logs warn from now on, until its next start (before: debug).\n",
    err: "",
  });
  expect(JSON.parse((await lettabox("info", "--json")).out)).toEqual({ level: "info", before: "warn" });
  expect(await lettabox("loud")).toMatchObject({
    code: 2,
    err: "lettabox: level must be one of: debug, info, warn, error, silent\n",
  });
  await lettabox("debug");
});

test("from then on what is below it is not written, and the change itself is", async () => {
  await put({ level: "silent" });
  const before = app.log();
  expect(before.trim().split("\n").at(-1)).toContain('"event":"log.level-changed","state":"silent"');
  await app.chat({ message: "hello" });
  expect(app.log()).toBe(before);
  await put({ level: "debug" });
  expect(app.log().slice(before.length)).toContain('"event":"log.level-changed","state":"debug"');
});

test("the API tells and sets it, for admins only", async () => {
  expect(await (await app.call("/api/v1/log-level")).json()).toEqual({ level: "debug" });
  for (const level of ["loud", 1, null, undefined]) {
    const response = await put({ level });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { code: "bad_request", field: "level" },
    });
  }
  const made = await app.call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name: "chat only" }) });
  const { token } = (await made.json()) as { token: string };
  expect((await put({ level: "error" }, { "x-api-key": token })).status).toBe(403);
  expect((await put({ level: "error" }, { "x-api-key": "wrong" })).status).toBe(401);
  expect(await (await app.call("/api/v1/log-level")).json()).toEqual({ level: "debug" });
});

test("without a server there is nothing to set", async () => {
  const nowhere = tempDir();
  expect(await runHere(["log-level", "debug"], { cwd: nowhere })).toMatchObject({ code: 69 });
  rmSync(nowhere, { recursive: true, force: true });
});
