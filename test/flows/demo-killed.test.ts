import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";

/** Starts `lettabox serve` with its built-in demo agent; answers when it is ready. */
const serve = async (dataDir: string) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../src/main.ts"), "serve", "--port", "0"], {
    env: { DATA_DIR: dataDir },
    stdout: "pipe",
    stderr: "ignore",
  });
  let text = "";
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  while (!text.includes("curl")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += decoder.decode(value);
  }
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "";
  const headers = { authorization: `Bearer ${readFileSync(join(dataDir, "admin.token"), "utf8").trim()}` };
  return { child, url, headers };
};

test("the whole box is killed in the middle of an answer of its demo agent: the next start answers at once", async () => {
  const dataDir = tempDir();
  const first = await serve(dataDir);
  const asked = await fetch(`${first.url}/api/v1/chat/async`, {
    method: "POST",
    headers: { ...first.headers, "content-type": "application/json" },
    body: JSON.stringify({ message: "demo slow 10 back again" }),
  });
  const { turnId } = (await asked.json()) as { turnId: string };
  const look = async ({ url, headers }: typeof first) =>
    (await (await fetch(`${url}/api/v1/turns/${turnId}`, { headers })).json()) as {
      state: string;
      runId: string | null;
      response: string;
    };
  await until(async () => ((await look(first)).runId === null ? undefined : true));
  first.child.kill("SIGKILL");
  await first.child.exited;
  const second = await serve(dataDir);
  const turn = await until(async () => {
    const now = await look(second);
    return now.state === "done" || now.state === "failed" ? now : undefined;
  });
  expect(turn.state).toBe("done");
  expect(turn.response).toContain("one two three four five six seven eight nine ten back again");
  second.child.kill("SIGTERM");
  expect(await second.child.exited).toBe(0);
  rmSync(dataDir, { recursive: true, force: true });
}, 30_000);
