/**
 * A disk that runs full under a server, for real: its data lie on a file system of a few megabytes, in a mount namespace
 * that ends with the process. Where the system gives no such namespace, this says so and proves nothing.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/app.ts";
import { until } from "../support/box.ts";
import { type Letta, startLetta } from "../support/letta.ts";
import { type Server, startServer } from "../support/program.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";

const cwd = tempDir();
const disk = join(cwd, "disk");
const script = 'mount -t tmpfs -o size=6m,mode=0700 lettabox-test "$0" && exec "$@"';
const inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, disk];
const token = "a-token-outside-the-namespace";
const env = { PATH: Bun.env["PATH"] ?? "", LETTABOX_API_KEY: token };

mkdirSync(disk);
const isPossible = Bun.which("unshare") !== null && Bun.spawnSync([...inside, "true"], { env }).exitCode === 0;
if (!isPossible) {
  process.stderr.write(
    "\nNOT TESTED: a full disk. This system lets no test mount a small file system (unshare, tmpfs).\n\n",
  );
}

let letta: Letta;
let telegram: Telegram;
let server: Server;
/** The same directory as the server sees it. */
let seen: string;

beforeAll(async () => {
  if (!isPossible) return;
  letta = startLetta();
  telegram = startTelegram({ hurry: 1_000 });
  writeFileSync(join(cwd, "lettabox.yaml"), "bots: { telegram: { access: open, shareAgent: true } }\n");
  const told = { LETTA_BASE_URL: letta.url, TELEGRAM_BOT_TOKEN: telegram.bot().token, TELEGRAM_API_ROOT: telegram.url };
  server = await startServer({ cwd, env: { ...env, ...told }, inside }, "--data-dir", disk);
  seen = `/proc/${server.pid}/root${disk}`;
});

afterAll(async () => {
  if (isPossible) {
    expect(await server.stop()).toBe(0);
    await letta.stop();
    await telegram.stop();
  }
  rmSync(cwd, { recursive: true, force: true });
});

const filler = (): string => join(seen, "filler");

/** Takes every block that is left. */
const fill = (): void => {
  const file = openSync(filler(), "w");
  try {
    for (const bytes of [64 * 1024, 4 * 1024, 512, 1]) {
      const block = Buffer.alloc(bytes, "x");
      for (;;) {
        try {
          writeSync(file, block);
        } catch {
          break;
        }
      }
    }
  } finally {
    closeSync(file);
  }
  expect(Number(statfsSync(seen).bavail)).toBe(0);
};

type Answer = { readonly turnId: string; readonly code?: string; readonly state?: string; readonly error?: string };

const ask = async (path: string, body?: object): Promise<{ status: number; headers: Headers; body: Answer }> => {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const headers = { "content-type": "application/json", "x-api-key": token };
  const response = await fetch(`${server.url}${path}`, { headers, ...init });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
};

const queue = (message: string, idempotencyKey: string) =>
  ask("/api/v1/chat/async", { message, idempotencyKey, chat: idempotencyKey });

test.skipIf(!isPossible)(
  "a full disk refuses with 503, keeps nothing of what it refused and loses nothing of what it accepted",
  async () => {
    expect((await ask("/api/v1/chat", { message: "while there is room" })).status).toBe(200);
    const begun = ask("/api/v1/chat", { message: "demo slow 30 through the flood", chat: "begun" });
    await until(async () => ((await letta.posts()).length === 2 ? true : undefined));
    fill();
    // The write-ahead log has some room of its own.
    const accepted: string[] = [];
    let refused: Awaited<ReturnType<typeof queue>> | undefined;
    for (let n = 0; n < 2_000 && refused === undefined; n += 1) {
      const answer = await queue(`message ${n}, ${"x".repeat(2_000)}`, `key ${n}`);
      if (answer.status === 202) accepted.push(answer.body.turnId);
      else refused = answer;
    }
    expect(refused?.status).toBe(503);
    expect(refused?.body).toEqual({
      success: false,
      error: "The disk is full; nothing was accepted. Try again when there is room.",
      code: "storage_full",
    } as unknown as Answer);
    expect(refused?.headers.get("retry-after")).toBe("5");
    // What only reads goes on.
    expect((await ask("/api/v1/turns")).status).toBe(200);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);

    // Long enough for the turn that was under way to have been said to its end.
    await until(async () => ((await letta.heard()).includes("demo slow 30 through the flood") ? true : undefined));
    rmSync(filler());
    expect(await begun).toMatchObject({ status: 200, body: { success: true } });
    const again = await until(async () => {
      const answer = await queue("after the flood", `key ${accepted.length}`);
      return answer.status === 202 ? answer.body.turnId : undefined;
    });
    for (const id of [...accepted, again]) {
      const turn = await until(async () => {
        const { body } = await ask(`/api/v1/turns/${id}`);
        return body.state === "done" || body.state === "failed" ? body : undefined;
      });
      expect(turn).toMatchObject({ turnId: id, state: "done", error: null });
    }
    const heard = await letta.heard();
    expect(heard.filter((text) => text.startsWith("message "))).toHaveLength(accepted.length);
    expect(heard.filter((text) => text === "after the flood")).toHaveLength(1);
    const log = server.err();
    expect(log).not.toContain('"level":"error"');
  },
);

test.skipIf(!isPossible)(
  "a file that finds no room is refused with 503 and leaves nothing, and is sent when it is asked again",
  async () => {
    const ann = telegram.addPerson({ name: "Ann" });
    const said = () => telegram.messages(ann).filter(({ isBot, isDraft }) => isBot && !isDraft);
    telegram.say({ from: ann, text: "hello" });
    await until(() => (said().length > 0 ? true : undefined));
    const send = (): Promise<Response> => {
      const body = new FormData();
      for (const [name, value] of Object.entries({
        channel: "telegram",
        chatId: String(ann),
        idempotencyKey: "file",
      })) {
        body.append(name, value);
      }
      body.append("file", new File(["x".repeat(200_000)], "plan.txt", { type: "text/plain" }));
      return fetch(`${server.url}/api/v1/messages`, { method: "POST", headers: { "x-api-key": token }, body });
    };
    // Where files have lain before, there is a folder for them.
    mkdirSync(join(seen, "files"), { recursive: true });
    fill();
    const refused = await send();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.json()).toMatchObject({ success: false, code: "storage_full" });
    expect(readdirSync(join(seen, "files"))).toEqual([]);
    rmSync(filler());
    expect((await send()).status).toBe(200);
    await until(() => said().find(({ attached }) => attached === "document"));
    expect(readdirSync(join(seen, "files"))).toHaveLength(1);
    expect(server.err()).not.toContain("plan.txt");
  },
);
