import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createSimulator } from "../../../src/simulator/simulator.ts";
import { serveSimulator } from "../../../src/simulator/serve.ts";
import { ownAddress } from "../../support/address.ts";
import {
  answerOf,
  askedCallOf,
  type Event,
  getJson,
  hanging,
  listen,
  runOf,
  said,
  sdkOn,
  stageOf,
  stopOf,
  temporaryDirectory,
} from "./client.ts";

/** What a killed server leaves behind, and what survives it. */

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const reopened = () => stageOf({ dataDir: directory.path });

describe("after a restart", () => {
  test("the demo agent is the same, and knows what it was told", async () => {
    const first = await stageOf({ dataDir: directory.path });
    const id = await first.conversation();
    await listen(first.client.conversations.messages.create(id, { messages: [said("my name is Ada")] }));
    first.simulator.close();
    const second = await reopened();
    expect(second.agentId).toBe(first.agentId);
    const turn = await listen(
      second.client.conversations.messages.create(id, { messages: [said("what is my name?")] }),
    );
    expect(answerOf(turn)).toContain("Your name is Ada.");
    expect((await second.client.conversations.messages.list(id)).items).toHaveLength(5);
    second.simulator.close();
  });

  test("a run that was at work stays `running` for ever, without messages, until it is cancelled by its id", async () => {
    const { stuck, runId, conversation, next } = await hanging({ dataDir: directory.path }, {}, (of) =>
      of.conversation(),
    );
    stuck.simulator.close();
    expect(await next().catch((error: unknown) => error)).toBeInstanceOf(TypeError);

    const { client, simulator, agentId } = await reopened();
    const later = await listen(client.conversations.messages.create(conversation, { messages: [said("later")] }));
    expect(stopOf(later)).toBe("end_turn");
    expect((await client.runs.retrieve(runId)).status).toBe("running");
    expect((await client.runs.messages.list(runId)).items).toEqual([]);
    expect(await client.agents.messages.cancel(agentId, { run_ids: [runId] })).toEqual({ [runId]: "cancelled" });
    expect((await client.runs.retrieve(runId)).status).toBe("cancelled");
    simulator.close();
  });

  test("a call still waits for its approval", async () => {
    const first = await stageOf({ dataDir: directory.path });
    const create = first.client.conversations.messages.create("default", {
      agent_id: first.agentId,
      messages: [said("demo ask token-5")],
    });
    const asked = await listen(create);
    first.simulator.close();
    const { client, agentId, simulator } = await reopened();
    const tool_call_id = askedCallOf(asked);
    const turn = await listen(
      client.conversations.messages.create("default", {
        agent_id: agentId,
        messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id, approve: true }] }],
      }),
    );
    expect(answerOf(turn)).toContain("token-5");
    simulator.close();
  });

  test("a finished background run can still be heard, and its otid is still known", async () => {
    const otid = crypto.randomUUID();
    const body = { messages: [said("demo slow 2", otid)], background: true };
    const first = await stageOf({ dataDir: directory.path });
    const id = await first.conversation();
    const turn = await listen(first.client.conversations.messages.create(id, body));
    first.simulator.close();
    const { client, simulator } = await reopened();
    expect((await listen(client.runs.messages.stream(runOf(turn), { starting_after: 1 }))).events).toEqual(
      turn.events.slice(1),
    );
    expect((await listen(client.conversations.messages.create(id, body))).events).toEqual(turn.events);
    simulator.close();
  });
});

test("a killed process has written down every post before it answered the first byte", async () => {
  const script = `
    const { serveSimulator } = await import(${JSON.stringify(import.meta.resolve("../../../src/simulator/serve.ts"))});
    console.log(serveSimulator({ port: 0, hostname: "127.0.0.1", dataDir: ${JSON.stringify(directory.path)}, wordMs: 1e6 }).url);
  `;
  await using server = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const { value } = await server.stdout.getReader().read();
  const url = new TextDecoder().decode(value).trim();
  const [agent] = (await (await fetch(`${url}/v1/agents/`)).json()) as { id: string }[];
  const otid = crypto.randomUUID();
  const response = await fetch(`${url}/v1/conversations/default/messages`, {
    method: "POST",
    body: JSON.stringify({ agent_id: agent?.id, messages: [said("demo slow 2 token-k", otid)] }),
  });
  await response.body?.getReader().read();
  server.kill("SIGKILL");
  await server.exited;

  const stage = await reopened();
  type Entry = { readonly run_id: string; readonly otids: readonly string[]; readonly texts: readonly string[] };
  const [entry] = await getJson<Entry[]>(stage, "/demo/requests");
  expect(entry).toMatchObject({ otids: [otid], texts: ["demo slow 2 token-k"] });
  expect((await stage.client.runs.retrieve(entry?.run_id ?? "")).status).toBe("running");
  expect(await getJson<Event[]>(stage, "/demo/history")).toEqual([]);
  stage.simulator.close();
});

describe("on a port of its own", () => {
  test("serves the same API, and stops", async () => {
    const served = serveSimulator({ port: 0, hostname: ownAddress, dataDir: null, wordMs: 1 });
    const client = sdkOn({
      fetch: (request) => fetch(request.url.replace("http://simulator.test", served.url), request),
      close: () => {},
    });
    const [agent] = (await client.agents.list()).items;
    const turn = await listen(
      client.conversations.messages.create("default", {
        agent_id: agent?.id ?? "",
        messages: [said("demo slow 3 over-http")],
        stream_tokens: true,
      }),
    );
    expect(answerOf(turn)).toStartWith("one two three over-http");
    await served.stop();
    expect(await fetch(`${served.url}/v1/health/`).catch((error: unknown) => error)).toBeInstanceOf(Error);
  });

  test("says so when the address is taken", async () => {
    const served = serveSimulator({ port: 0, hostname: "127.0.0.1", dataDir: null });
    const port = Number(new URL(served.url).port);
    expect(() => serveSimulator({ port, hostname: "127.0.0.1", dataDir: null })).toThrow("Cannot listen on");
    await served.stop();
  });
});

test("a database of a newer version is refused", async () => {
  const stage = await stageOf({ dataDir: directory.path });
  stage.simulator.close();
  const { Database } = await import("bun:sqlite");
  const db = new Database(`${directory.path}/demo.sqlite`);
  db.run("PRAGMA user_version = 99");
  db.close();
  expect(() => createSimulator({ dataDir: directory.path })).toThrow("version 99");
});
