/** What `/metrics` says is what happened, to whom it may be said, and the dashboard and the page name what is there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listenAside } from "../../src/http/listen.ts";
import { startApp, tempDir, type TestApp } from "../support/app.ts";
import { type Box, startBox } from "../support/box.ts";
import { readPages } from "../support/docs-page.ts";
import { readExposition } from "../support/exposition.ts";
import { start } from "../support/program.ts";
import { bearer, makeToken } from "../support/tokens.ts";

const root = join(import.meta.dir, "../..");

let box: Box;

beforeAll(async () => {
  box = await startBox();
});

afterAll(() => box.stop());

const scrape = async (app: TestApp = box.app()) => readExposition(await (await app.call("/metrics")).text());

const statusFor = async (headers: Readonly<Record<string, string>>) =>
  (await fetch(`${box.app().url}/metrics`, { headers })).status;

/** Names of metrics in a text. */
const wordsOf = (text: string): ReadonlySet<string> => new Set(text.match(/\b(?:lettabox|process)_[a-z_]+\b/g));

describe("what happened is counted", () => {
  test("a request: its intake, its turn, what the Letta server took", async () => {
    const before = await scrape();
    expect((await box.app().chat({ message: "hello" })).status).toBe(200);
    const after = await scrape();
    const more = (name: string, labels = {}) => after.value(name, labels) - before.value(name, labels);
    expect(more("lettabox_events_total", { bot: "api", outcome: "queued" })).toBe(1);
    expect(more("lettabox_intake_seconds_count")).toBe(1);
    expect(more("lettabox_turns_total", { trigger: "api", outcome: "done" })).toBe(1);
    expect(more("lettabox_turn_seconds_count", { trigger: "api" })).toBe(1);
    expect(more("lettabox_upstream_seconds_count", { call: "send" })).toBe(1);
    expect(more("lettabox_turn_failures_total")).toBe(0);
    expect(more("lettabox_sends_total")).toBe(0);
  });

  test("a message in a chat: its second delivery, the part that answers it, a command", async () => {
    const update = { id: "m1", chat: "ada", from: "ada", text: "hello" };
    for (const _ of [1, 2]) expect((await box.deliver(update)).status).toBe(200);
    await box.until(() => (box.standing("ada").length > 0 ? true : undefined));
    const stub = { bot: "stub" };
    const counted = await box.until(async () => {
      const metrics = await scrape();
      return metrics.value("lettabox_sends_total", { ...stub, outcome: "sent" }) > 0 ? metrics : undefined;
    });
    expect(counted.value("lettabox_events_total", { ...stub, outcome: "queued" })).toBe(1);
    expect(counted.value("lettabox_events_total", { ...stub, outcome: "duplicate" })).toBe(1);
    expect(counted.value("lettabox_turns_total", { trigger: "message", outcome: "done" })).toBe(1);
    expect(counted.value("lettabox_send_seconds_count", stub)).toBeGreaterThan(0);

    await box.deliver({ id: "m2", chat: "ada", from: "ada", text: "/help" });
    await box.until(async () =>
      (await scrape()).value("lettabox_turns_total", { trigger: "control", outcome: "done" }) === 1 ? true : undefined,
    );
  });

  test("a failure, by its code, and the dead letter that it left", async () => {
    const before = await scrape();
    expect((await box.app().chat({ message: "demo fail" })).status).toBe(500);
    const after = await scrape();
    const more = (name: string, labels = {}) => after.value(name, labels) - before.value(name, labels);
    expect(more("lettabox_turns_total", { outcome: "failed" })).toBe(1);
    expect(more("lettabox_turn_failures_total")).toBe(1);
    expect(more("lettabox_dead_letters", { kind: "turn" })).toBe(1);
  });

  test("what waits stands in the queue, and is gone from it when it has ended", async () => {
    const app = await startApp();
    try {
      const queued = await app.call("/api/v1/chat/async", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ message: "demo slow 300 words" }),
      });
      const { turnId } = (await queued.json()) as { turnId: string };
      expect((await app.chat({ message: "demo slow 300 words" }, { accept: "text/event-stream" })).status).toBe(200);
      await box.until(
        async () => (await scrape(app)).value("lettabox_open_turns", { state: "running" }) === 1 || undefined,
      );
      expect((await scrape(app)).value("lettabox_open_turns", { state: "queued" })).toBe(1);
      const { turns } = (await (await app.call("/api/v1/turns")).json()) as { turns: readonly { turnId: string }[] };
      for (const id of [...turns.map((one) => one.turnId), turnId]) {
        await app.call(`/api/v1/turns/${id}/cancel`, { method: "POST" });
      }
      // One is read from the database, the other is counted a moment later.
      await box.until(async () => {
        const metrics = await scrape(app);
        const cancelled = metrics.value("lettabox_turns_total", { outcome: "cancelled" });
        return metrics.value("lettabox_open_turns") === 0 && cancelled === 2 ? true : undefined;
      });
    } finally {
      await app.stop();
    }
  });

  test("what nobody wants to see is there from the start, so that its first time is an increase", async () => {
    const { samples } = await scrape();
    const zeros = samples.filter(({ value }) => value === 0).map(({ name, labels }) => [name, labels]);
    for (const bot of ["api", "stub"]) {
      expect(zeros).toContainEqual(["lettabox_events_total", { bot, outcome: "failed" }]);
      for (const outcome of ["ambiguous", "dead"])
        expect(zeros).toContainEqual(["lettabox_sends_total", { bot, outcome }]);
    }
    expect(zeros).toContainEqual(["lettabox_turns_resent_total", {}]);
  });

  test("the process: its memory, its start, whether it is ready", async () => {
    const metrics = await scrape();
    expect(metrics.value("lettabox_ready")).toBe(1);
    expect(metrics.value("lettabox_info", { version: "0.0.0-test" })).toBe(1);
    expect(metrics.value("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    expect(metrics.value("process_start_time_seconds")).toBeGreaterThan(1_600_000_000);
  });
});

describe("who may read them", () => {
  test("a token with the scope read, and nobody without", async () => {
    const app = box.app();
    expect(await statusFor({})).toBe(401);
    expect(await statusFor(bearer(await makeToken(app, "talker", { scope: "chat" })))).toBe(403);
    expect(await statusFor(bearer(await makeToken(app, "reader", { scope: "read" })))).toBe(200);
  });

  test("no token that is limited to some agents", async () => {
    const app = box.app();
    const body = JSON.stringify({ name: "limited", scope: "read", agents: ["Demo"] });
    const made = (await (await app.call("/api/v1/tokens", { method: "POST", body })).json()) as { token: string };
    expect(await statusFor(bearer(made))).toBe(403);
  });

  test("neither names nor words of people stand in them", async () => {
    const app = box.app();
    await app.chat({ message: "canary-in-a-message", chat: "canary-in-a-chat" });
    await box.deliver({ id: "m9", chat: "canary-in-a-chat", from: "canary-of-a-person", text: "canary-in-a-text" });
    const text = await (await app.call("/metrics")).text();
    expect(text).not.toContain("canary");
    expect(text).not.toContain(app.token);
    expect(text).not.toContain("127.0.0.1");
  });
});

describe("a listener of their own", () => {
  test("answers without a token, and nothing but metrics", async () => {
    const aside = listenAside(box.app().app.serveMetrics, "127.0.0.1:0");
    try {
      const response = await fetch(`${aside.url}/metrics`);
      expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(readExposition(await response.text()).value("lettabox_ready")).toBe(1);
      for (const path of ["/", "/api/v1/turns", "/readyz", "/metrics/more"]) {
        expect([path, (await fetch(`${aside.url}${path}`)).status]).toEqual([path, 404]);
      }
      expect((await fetch(`${aside.url}/metrics`, { method: "POST" })).status).toBe(405);
      const host = "a-page-that-found-our-address.example";
      expect((await fetch(`${aside.url}/metrics`, { headers: { host } })).status).toBe(421);
    } finally {
      await aside.stop();
    }
  });

  test("is opened where METRICS_LISTEN says, and named at the start", async () => {
    const cwd = tempDir();
    const env = { PORT: "0", DATA_DIR: cwd, METRICS_LISTEN: "127.0.0.1:0" };
    const server = start(["serve"], { cwd, env });
    try {
      const said = await server.until(/Metrics +(\S+)\n/);
      const url = /Metrics +(\S+)\n/.exec(said)?.[1] ?? "";
      expect(readExposition(await (await fetch(url)).text()).value("lettabox_events_total")).toBe(0);
    } finally {
      server.kill("SIGTERM");
      await server.exited;
      rmSync(cwd, { recursive: true, force: true });
    }
  }, 60_000);
});

describe("what names them", () => {
  const dashboard = readFileSync(join(root, "docs/deploy/grafana-dashboard.json"), "utf8");

  test("docs/operations.md lists every metric with its kind", async () => {
    const { kinds } = await scrape();
    const rows = readPages(root)
      .find(({ path }) => path === "docs/operations.md")
      ?.rows.filter(({ section }) => section === "Every metric");
    const listed = (rows ?? []).map(({ cells }) => [cells[0]?.replaceAll("`", ""), cells[1]]);
    expect(listed.toSorted()).toEqual([...kinds].toSorted());
  });

  test("every metric and label of the dashboard and of the alerts exists", async () => {
    const { samples, kinds } = await scrape();
    const names = new Set(
      [...kinds].flatMap(([name, kind]) =>
        kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
    const fences = readPages(root).find(({ path }) => path === "docs/operations.md")?.fences ?? [];
    const alerts = fences.filter(({ text }) => text.includes("expr:")).map(({ text }) => text);
    expect(alerts.length).toBe(1);
    for (const text of [dashboard, ...alerts]) {
      const used = wordsOf(text);
      expect(used.size).toBeGreaterThan(3);
      expect([...used].filter((name) => !names.has(name))).toEqual([]);
    }
    // `instance` and `job` are Prometheus' own.
    const labels = new Set(["instance", "job", ...samples.flatMap((one) => Object.keys(one.labels))]);
    const grouped = [...dashboard.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
    expect(grouped.filter((label) => label !== "" && !labels.has(label) && label !== "code")).toEqual([]);
  });

  test("the dashboard leaves no family out, and its panels lie beside each other", async () => {
    const { kinds } = await scrape();
    const used = [...wordsOf(dashboard)].map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    expect([...kinds.keys()].filter((name) => !used.includes(name))).toEqual([]);
    type Panel = { readonly title: string; readonly gridPos: { x: number; y: number; w: number; h: number } };
    const { panels } = JSON.parse(dashboard) as { readonly panels: readonly Panel[] };
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x}/${y}`), title).toBeUndefined();
          taken.set(`${x}/${y}`, title);
        }
      }
    }
  });
});

test.skipIf(Bun.which("promtool") === null)("Prometheus' own checker has nothing to say", async () => {
  const text = await (await box.app().call("/metrics")).text();
  const checker = Bun.spawn(["promtool", "check", "metrics"], {
    stdin: new Blob([text]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = (await Promise.all([checker.stdout.text(), checker.stderr.text()])).join("");
  expect(said).toBe("");
  expect(await checker.exited).toBe(0);
});
