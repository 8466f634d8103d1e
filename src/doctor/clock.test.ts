import { expect, test } from "bun:test";
import { loadConfig } from "../config/config.ts";
import { clock } from "./clock.ts";

const env = { DATA_DIR: "/nowhere/at/all", LETTA_BASE_URL: "http://letta.invalid" };
const config = await loadConfig({ flags: {}, env, cwd: "/" });
const running = () => Promise.reject(new Error("nobody asks for it"));
const never = new AbortController().signal;

/** In the middle of a second: HTTP tells whole ones. */
const now = Date.UTC(2026, 10, 22, 12, 0, 0, 500);

/** What is said beside a Letta server whose clock is off by so many seconds. */
const offBy = (seconds: number) => {
  const date = new Date(now + seconds * 1_000).toUTCString();
  const answer = (() => Promise.resolve(Response.json({}, { headers: { date } }))) as unknown as typeof fetch;
  return clock.run({ config, version: "1", fetch: answer, now: () => now, running }, never);
};

test("a clock that is off is told with how far", async () => {
  expect(await offBy(0)).toMatchObject({ state: "ok" });
  expect(await offBy(60)).toMatchObject({ state: "warn", text: "It is 60 s behind the Letta server's." });
  expect(await offBy(-3_600)).toMatchObject({ state: "fail", text: "It is 3600 s ahead of the Letta server's." });
});

test("what nobody would notice is none, and what platforms refuse is a failure", async () => {
  const states = await Promise.all([-4, 4, -5, 5, -299, 299, -300, 300].map(offBy));
  expect(states.map(({ state }) => state)).toEqual(["ok", "ok", "warn", "warn", "warn", "warn", "fail", "fail"]);
});
