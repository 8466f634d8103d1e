/** A lettabox that was stopped inside a program of somebody else's keeps that program from nothing. */
import { expect, test } from "bun:test";
import { join } from "node:path";

const support = join(import.meta.dir, "../support/app.ts");

test("a program that has stopped its lettabox ends soon after", async () => {
  const source = `
    import { startApp } from ${JSON.stringify(support)};
    const box = await startApp();
    await box.chat({ message: "hello" });
    await box.stop();
    console.log("stopped");`;
  // Bun ends it when nothing is left to wait for.
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe", stderr: "inherit", timeout: 30_000 });
  const out = await new Response(child.stdout).text();
  expect({ code: await child.exited, out }).toEqual({ code: 0, out: "stopped\n" });
}, 60_000);
