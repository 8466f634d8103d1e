/** A lettabox with the stub channel in a process of its own, which can be killed. */
import { expect } from "bun:test";
import { join } from "node:path";
import type { AppOptions } from "../../src/app.ts";
import { stubSecret } from "./box.ts";
import type { StubUpdate } from "./stub/channel.ts";

export const serveKillable = async (options: {
  readonly dataDir: string;
  readonly platform: string;
  readonly letta: string;
  /** What to be less patient with. */
  readonly timing?: AppOptions["timing"];
  /** Whether it fetches what is pushed at the platform, too. */
  readonly listens?: boolean;
}) => {
  const program = join(import.meta.dir, "chaos-server.ts");
  const timing = JSON.stringify(options.timing ?? {});
  const special = JSON.stringify({ listens: options.listens ?? false });
  const child = Bun.spawn([process.execPath, program, options.platform, stubSecret, timing, special], {
    env: { DATA_DIR: options.dataDir, PORT: "0", LETTA_BASE_URL: options.letta },
    stdout: "pipe",
    stderr: "ignore",
  });
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    text += new TextDecoder().decode(value);
  }
  const url = text.trim();
  let serial = 0;
  const deliver = async (update: StubUpdate): Promise<void> => {
    const headers = { "x-stub-secret": stubSecret };
    const answer = await fetch(`${url}/webhooks/stub`, { method: "POST", headers, body: JSON.stringify(update) });
    expect(answer.status).toBe(200);
  };
  return {
    url,
    deliver,
    write: (words: string, chat = "ada", more: Partial<StubUpdate> = {}) =>
      deliver({ id: `${child.pid}-${(serial += 1)}`, chat, from: chat, text: words, ...more }),
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
};
