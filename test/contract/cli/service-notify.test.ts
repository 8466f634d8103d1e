/** A server that systemd supervises says so when it is ready, while it lives and when it stops. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNotifier } from "../../../src/cli/service-notify.ts";
import { tempDir } from "../../support/app.ts";
import { startServer } from "../../support/program.ts";

/** Bun has no Unix datagrams, so another program listens: each one becomes a line with the sender's pid in front. */
const listener = `
import socket, struct, sys
path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
server.bind("\\0" + path[1:] if path.startswith("@") else path)
print("listening", flush=True)
while True:
    data, extra, _, _ = server.recvmsg(4096, 256)
    print(struct.unpack("iii", extra[0][2])[0], data.decode().replace("\\n", "|"), flush=True)
`;

const missing = Bun.which("python3") === null ? " (needs python3)" : "";

let cwd: string;
let python: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;

beforeEach(() => {
  cwd = tempDir();
});

afterEach(async () => {
  python?.kill();
  await python?.exited;
  rmSync(cwd, { recursive: true, force: true });
});

/** Listens at a path; `until` resolves with all lines so far once one matches. */
const listen = async (path: string) => {
  const child = Bun.spawn(["python3", "-c", listener, path], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  python = child;
  const reader = child.stdout.getReader();
  let text = "";
  const until = async (pattern: RegExp): Promise<readonly string[]> => {
    while (!pattern.test(text)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the listener ended, having heard:\n${text}`);
      text += new TextDecoder().decode(value);
    }
    return text.trim().split("\n").slice(1);
  };
  await until(/listening/);
  return until;
};

const address = (kind: string): string =>
  kind === "abstract" ? `@lettabox-test-${crypto.randomUUID()}` : join(cwd, "notify.sock");

test.skipIf(missing !== "").each(["a file", "abstract"])(
  `READY, then WATCHDOG, then STOPPING come from the server's own pid, at a socket that is %s${missing}`,
  async (kind) => {
    const path = address(kind);
    const until = await listen(path);
    // Seldom enough that a listener that is kept waiting does not find its queue full.
    const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "3000000" };
    const server = await startServer({ cwd, env });
    const lines = await until(/WATCHDOG=1\n.*WATCHDOG=1\n/);
    expect(lines[0]).toBe(`${server.pid} READY=1|STATUS=${server.url}, Letta: demo`);
    expect(await server.stop()).toBe(0);
    const said = (await until(/STOPPING=1.*\n/)).map((line) => line.replace(`${server.pid} `, ""));
    // While it waits for what runs it lives, and is watched.
    expect(said.filter((line) => line !== "WATCHDOG=1").slice(1)).toEqual([
      "STOPPING=1|STATUS=Waiting for what runs|EXTEND_TIMEOUT_USEC=30000000",
    ]);
  },
);

test.skipIf(missing !== "")(
  `what found the listener's queue full is said once more before the end${missing}`,
  async () => {
    const path = address("a file");
    const until = await listen(path);
    python?.kill("SIGSTOP");
    const notifier = openNotifier({ NOTIFY_SOCKET: path }, process.pid);
    const most = Number(readFileSync("/proc/sys/net/unix/max_dgram_qlen", "utf8"));
    for (let count = 0; count < most + 2; count += 1) notifier.ready(`number ${count}`);
    notifier.stopping(1_000);
    python?.kill("SIGCONT");
    await until(new RegExp(`number ${most - 1}\n`));
    notifier.close();
    expect((await until(/STOPPING=1/)).filter((line) => line.includes("STOPPING=1"))).toHaveLength(1);
  },
);

test.skipIf(missing !== "")(`the time to stop is asked for as the configuration has it${missing}`, async () => {
  writeFileSync(join(cwd, "lettabox.yaml"), "limits: { drainMs: 70000 }\n");
  const path = address("a file");
  const until = await listen(path);
  const server = await startServer({ cwd, env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000", WATCHDOG_PID: "1" } });
  expect(await server.stop()).toBe(0);
  const lines = await until(/STOPPING=1/);
  expect(lines.at(-1)).toContain("EXTEND_TIMEOUT_USEC=90000000");
  // Another process is watched, not this one.
  expect(lines.filter((line) => line.includes("WATCHDOG"))).toEqual([]);
});

test("a socket that nobody listens to does not keep the server from its work", async () => {
  const server = await startServer({ cwd, env: { NOTIFY_SOCKET: join(cwd, "nobody.sock") } });
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});

test("without systemd the code that talks to it is not even loaded", () => {
  const source = readFileSync(join(import.meta.dir, "../../../src/cli/serve.ts"), "utf8");
  expect(source).not.toMatch(/^import .*service-notify/m);
});
