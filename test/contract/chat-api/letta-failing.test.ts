/** What callers are told when Letta fails: each failure in its own words, with the run where there is one, and no secret. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startApp, type TestApp, type TestOptions } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { startLetta } from "../../support/letta.ts";

/** Appears wherever a careless server or an error text might quote it. */
const key = "sk-canary-of-the-letta-key";

let closers: (() => Promise<unknown>)[];
let boxes: TestApp[];

beforeEach(() => {
  closers = [];
  boxes = [];
});

afterEach(async () => {
  for (const box of boxes) {
    expect(box.log()).not.toContain(key);
    await box.stop();
  }
  for (const close of closers) await close();
});

const lettabox = async (url: string, options: TestOptions = {}): Promise<TestApp> => {
  const env = { LETTA_BASE_URL: url, LETTA_API_KEY: key, ...options.env };
  const box = await startApp({ timing: { jsonWaitMs: 30 }, ...options, env });
  boxes.push(box);
  return box;
};

const letta = (options: Parameters<typeof startLetta>[0] = {}) => {
  const server = startLetta(options);
  closers.push(() => server.stop());
  return server;
};

/** A server that answers everything alike. */
const answering = (answer: () => Response): string => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  closers.push(() => server.stop(true));
  return server.url.origin;
};

const webPage = () => new Response("<h1>It works!</h1>", { headers: { "content-type": "text/html" } });

type Told = { readonly status: number; readonly error: string; readonly code: string; readonly hint?: string };

const ask = async (box: TestApp, message = "hello"): Promise<Told> => {
  const response = await box.chat({ message });
  const body = (await response.json()) as Told;
  expect(JSON.stringify(body)).not.toContain(key);
  expect(body).toMatchObject({ success: false });
  return { ...body, status: response.status };
};

const missing = async (box: TestApp): Promise<readonly unknown[]> => {
  const response = await box.call("/readyz");
  expect(response.status).toBe(503);
  const body = (await response.json()) as { missing: readonly { what: string; error: string }[] };
  expect(JSON.stringify(body)).not.toContain(key);
  return body.missing;
};

const turns = async (box: TestApp): Promise<readonly unknown[]> =>
  ((await (await box.call("/api/v1/turns")).json()) as { turns: readonly unknown[] }).turns;

describe("before any agent is known, a request is refused and nothing of it is kept", () => {
  afterEach(async () => {
    for (const box of boxes) expect(await turns(box)).toEqual([]);
  });

  test("nobody listens there", async () => {
    const box = await lettabox("http://127.0.0.1:1");
    expect(await ask(box)).toMatchObject({ status: 503, code: "letta_unreachable", error: "Letta cannot be reached." });
    expect(await missing(box)).toEqual([{ what: "upstream", error: "Letta cannot be reached." }]);
  });

  test("the key is wrong", async () => {
    const box = await lettabox(letta({ password: "another" }).url);
    expect(await ask(box)).toMatchObject({ status: 502, code: "letta_rejected", error: "Letta rejected the API key." });
    expect(await missing(box)).toEqual([{ what: "upstream", error: "Letta rejected the API key." }]);
  });

  test("the configured agent does not exist, by id or by name", async () => {
    const { url } = letta();
    const byId = await lettabox(url, { env: { LETTA_AGENT_ID: "agent-00000000-0000-4000-8000-000000000000" } });
    expect(await ask(byId)).toMatchObject({ status: 502, code: "letta_agent_missing" });
    const byName = await lettabox(url, { env: { LETTA_AGENT_NAME: "Nobody" } });
    expect(await ask(byName)).toMatchObject({
      status: 502,
      code: "letta_agent_missing",
      error: 'The Letta server has no agent named "Nobody".',
      hint: "Correct LETTA_AGENT_NAME, or make the agent.",
    });
  });

  test("what answers there is another program", async () => {
    const box = await lettabox(answering(webPage));
    expect(await ask(box)).toMatchObject({
      status: 502,
      code: "letta_refused",
      error: "What answers there is no Letta server.",
      hint: "Check the base URL of the Letta server.",
    });
  });

  test("the server breaks, quoting what it was sent", async () => {
    const box = await lettabox(answering(() => new Response(`Traceback: Bearer ${key}`, { status: 500 })));
    expect(await ask(box)).toMatchObject({ status: 503, code: "letta_overloaded" });
  });

  test("the account has no credits", async () => {
    const box = await lettabox(answering(() => Response.json({ error: `No credits, ${key}` }, { status: 402 })));
    const error = "The Letta account has no credits left.";
    expect(await ask(box)).toMatchObject({ status: 502, code: "letta_unpaid", error });
  });
});

describe("when it worked before, the turn says what happened", () => {
  test("the agent was deleted", async () => {
    const server = letta({ password: key });
    const box = await lettabox(server.url);
    const [agent] = await server.agents();
    expect((await box.chat({ message: "hello" })).status).toBe(200);
    await server.removeAgent(agent ?? "");
    expect(await ask(box)).toMatchObject({
      status: 500,
      code: "letta_agent_missing",
      error: "The agent does not exist on the Letta server (any more).",
    });
  });

  test("the agent was deleted, and whoever names none comes to one that exists", async () => {
    const server = letta({ password: key });
    const box = await lettabox(server.url);
    const [agent = ""] = await server.agents();
    expect((await box.chat({ message: "hello" })).status).toBe(200);
    await server.removeAgent(agent);
    expect(await ask(box)).toMatchObject({ code: "letta_agent_missing" });
    await until(async () => ((await box.chat({ message: "hello" })).status === 200 ? true : undefined));
  });

  test("the key was withdrawn: at once, and for nobody longer than it lasts", async () => {
    const server = startLetta({ password: key });
    const box = await lettabox(server.url);
    expect((await box.chat({ message: "hello" })).status).toBe(200);
    await server.stop();
    letta({ password: "another", port: server.port });
    expect(await ask(box)).toMatchObject({ status: 500, code: "letta_rejected", error: "Letta rejected the API key." });
  });

  test("the model provider failed: with the run, by which it can be found there", async () => {
    const server = letta({ password: key });
    const box = await lettabox(server.url);
    const told = await ask(box, "demo fail");
    expect(told).toMatchObject({ status: 500, code: "provider_failed" });
    expect(told.error).toMatch(/^The model provider .*run-[\w-]+\)$/);
    const [turn] = (await turns(box)) as readonly { error: string; runId: string; state: string }[];
    expect(turn).toMatchObject({ state: "failed", error: told.error });
    expect(told.error).toContain(turn?.runId ?? "?");
  });

  test("nobody listens any more: the message is kept", async () => {
    const server = startLetta({ password: key });
    const box = await lettabox(server.url);
    expect((await box.chat({ message: "hello" })).status).toBe(200);
    await server.stop();
    expect(await ask(box)).toMatchObject({ status: 503, code: "letta_unreachable" });
    expect(await turns(box)).toHaveLength(2);
  });
});
