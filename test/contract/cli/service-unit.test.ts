/** The unit as systemd itself reads it. Needs its programs; a machine without them skips. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unitText } from "../../../src/cli/service-unit.ts";
import { tempDir } from "../../support/app.ts";

const highestExposure = 1.5;
const missing = Bun.which("systemd-analyze") === null ? " (needs systemd-analyze)" : "";

let folder: string;

beforeAll(() => {
  folder = tempDir();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const credentials = [
  { name: "LETTA_API_KEY", path: "/etc/credstore/lettabox.LETTA_API_KEY", encrypted: false },
  { name: "LETTABOX_API_KEY", path: "/etc/credstore.encrypted/lettabox.LETTABOX_API_KEY", encrypted: true },
];

const write = (name: string, user: boolean): string => {
  const path = join(folder, name, "lettabox.service");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, unitText({ program: "/bin/true", user, credentials }));
  return path;
};

const analyze = async (...args: readonly string[]): Promise<{ code: number; text: string }> => {
  const child = Bun.spawn(["systemd-analyze", ...args], { stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, text: out + err };
};

test.skipIf(missing !== "").each([false, true])(
  `systemd finds nothing wrong with it, user: %p${missing}`,
  async (user) => {
    const { code, text } = await analyze("verify", "--man=no", write(`verify-${user}`, user));
    // Other units of the machine may have faults of their own.
    expect({ code, ours: text.split("\n").filter((line) => line.includes("lettabox.service")) }).toEqual({
      code: 0,
      ours: [],
    });
  },
);

test.skipIf(missing !== "")(`its exposure is low${missing}`, async () => {
  const { text } = await analyze("security", "--offline=true", "--no-pager", write("security", false));
  const exposure = Number(/Overall exposure level for lettabox\.service: ([\d.]+)/.exec(text)?.[1]);
  expect(exposure, text).toBeLessThanOrEqual(highestExposure);
});
