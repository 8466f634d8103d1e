/** One server of a given binary: it starts, answers a message through its writer thread, and stops by SIGTERM. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const patienceMs = 60_000;

/** Throws with what the server said when anything of it does not hold. */
export const serveAndAsk = async (start: readonly string[], dataDir: string): Promise<void> => {
  const server = Bun.spawn([...start, "serve", "--port", "0", "--data-dir", dataDir], {
    // An emulator cannot put a program in its own place, which a server does unless all of these are set.
    env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "65336", BUN_JSC_useFTLJIT: "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: patienceMs,
    killSignal: "SIGKILL",
  });
  const said = server.stderr.text();
  let welcome = "";
  const decoder = new TextDecoder();
  for await (const bytes of server.stdout) {
    welcome += decoder.decode(bytes, { stream: true });
    if (welcome.includes("\ncurl ")) break;
  }
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(welcome)?.[0];
  if (url === undefined) throw new Error(`it did not start: ${await said}`);
  const response = await fetch(`${url}/api/v1/chat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${readFileSync(join(dataDir, "admin.token"), "utf8").trim()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ message: "hello from afar" }),
  });
  const answer = await response.text();
  server.kill("SIGTERM");
  const code = await server.exited;
  if (!answer.includes("hello from afar") || code !== 0) throw new Error(`${answer}, exit code ${code}: ${await said}`);
};
