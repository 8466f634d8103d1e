import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ConflictError } from "@letta-ai/letta-client";
import {
  answerOf,
  type Event,
  framesOf,
  hanging,
  listen,
  refusalOf,
  runOf,
  said,
  type Stage,
  stageOf,
  stopOf,
  typesOf,
} from "./client.ts";

/** Runs: their rows, their ends, listening to them again, and the conversation that waits for them. */

let stage: Stage;
beforeAll(async () => {
  stage = await stageOf();
});
afterAll(() => stage.simulator.close());

const post = (of: Stage, conversation: string, text: string, more: object = {}) =>
  listen(
    of.client.conversations.messages.create(conversation, {
      agent_id: of.agentId,
      messages: [said(text)],
      stream_tokens: true,
      ...more,
    }),
  );

const storedTypes = async (of: Stage, runId: string) =>
  (await of.client.runs.messages.list(runId)).items.map(({ message_type }) => message_type);

describe("a run", () => {
  test("of the default conversation has no conversation id, and no filter finds it by one", async () => {
    const runId = runOf(await post(stage, "default", "hello"));
    const run = await stage.client.runs.retrieve(runId);
    expect(run).toMatchObject({
      status: "completed",
      stop_reason: "end_turn",
      conversation_id: null,
      background: false,
    });
    const ids = async (query: object) =>
      (await stage.client.runs.list({ limit: 1, ...query })).items.map(({ id }) => id);
    expect(await ids({ conversation_id: "default" })).toEqual([]);
    expect(await ids({ conversation_id: stage.agentId })).toEqual([]);
    expect(await ids({ agent_id: stage.agentId })).toEqual([runId]);
    expect(await ids({ agent_id: stage.agentId, statuses: ["running"] })).toEqual([]);
  });

  test("is listed newest first; `before` leads to older ones and `after` to newer ones", async () => {
    const { client } = stage;
    const { id: agent_id } = await client.agents.create({ name: "With runs" });
    const ran: string[] = [];
    for (const text of ["a", "b", "c"])
      ran.unshift(runOf(await post({ ...stage, agentId: agent_id }, "default", text)));
    const ids = async (query: object) => (await client.runs.list({ agent_id, ...query })).items.map(({ id }) => id);
    const [newest, middle, oldest] = ran;
    expect(await ids({})).toEqual(ran);
    expect(await ids({ limit: 1, before: newest })).toEqual([middle ?? ""]);
    expect(await ids({ before: oldest })).toEqual([]);
    expect(await ids({ after: middle })).toEqual([newest ?? ""]);
    expect(await ids({ order: "asc" })).toEqual(ran.toReversed());
  });

  test("shows its messages only when they are written, at its end", async () => {
    const { stuck, runId, stream } = await hanging();
    expect(await storedTypes(stuck, runId)).toEqual([]);
    expect((await stuck.client.runs.retrieve(runId)).status).toBe("running");
    expect((await stuck.client.runs.list({ agent_id: stuck.agentId, active: true })).items.map(({ id }) => id)).toEqual(
      [runId],
    );
    stream.controller.abort();
    stuck.simulator.close();
    const done = runOf(await post(stage, "default", "hello"));
    expect(await storedTypes(stage, done)).toEqual(["user_message", "assistant_message"]);
  });

  test("goes on without its client", async () => {
    const conversation = await stage.conversation();
    const stream = await stage.client.conversations.messages.create(conversation, {
      messages: [said("demo slow 8 alone")],
      stream_tokens: true,
    });
    for await (const _ of stream) break;
    const texts = async (): Promise<string> =>
      JSON.stringify((await stage.client.conversations.messages.list(conversation)).items);
    while (!(await texts()).includes("eight alone")) await Bun.sleep(5);
    const [run] = (await stage.client.runs.list({ agent_id: stage.agentId, limit: 1 })).items;
    expect(run).toMatchObject({ status: "completed", conversation_id: conversation });
  });
});

describe("a busy conversation", () => {
  test("refuses every second post with the run it works on, also the same otid again", async () => {
    const otid = crypto.randomUUID();
    const { stuck, runId, conversation, stream } = await hanging({}, { messages: [said("demo slow 2", otid)] }, (of) =>
      of.conversation(),
    );
    for (const message of [said("x"), said("demo slow 2", otid)]) {
      const second = await refusalOf(stuck.client.conversations.messages.create(conversation, { messages: [message] }));
      expect(second).toBeInstanceOf(ConflictError);
      expect(second).toMatchObject({
        error: { run_id: runId, detail: expect.stringContaining("currently being processed") },
      });
    }
    expect(stopOf(await post(stuck, "default", "another conversation"))).toBe("end_turn");
    await stuck.client.agents.messages.cancel(stuck.agentId, { run_ids: [runId] });
    expect(stopOf(await post(stuck, conversation, "next"))).toBe("end_turn");
    stream.controller.abort();
    stuck.simulator.close();
  });

  test("stores the same otid twice in the foreground when the first run has ended", async () => {
    const conversation = await stage.conversation();
    const otid = crypto.randomUUID();
    for (const _ of [1, 2]) await post(stage, conversation, "", { messages: [said("again", otid)] });
    const stored = (await stage.client.conversations.messages.list(conversation)).items;
    expect(stored.filter((message) => "otid" in message && message.otid === otid)).toHaveLength(2);
  });

  test("is not busy without Redis, where background is 503", async () => {
    const { stuck, stream } = await hanging({ redis: false });
    expect(stopOf(await post(stuck, "default", "beside"))).toBe("end_turn");
    expect((await post(stuck, "default", "x", { background: true })).error).toMatchObject({ status: 503 });
    stream.controller.abort();
    stuck.simulator.close();
  });
});

describe("cancelling", () => {
  test("ends the stream with `cancelled` and leaves no message", async () => {
    const { stuck, runId, conversation, next } = await hanging({}, {}, (of) => of.conversation());
    expect(await stuck.client.conversations.cancel(conversation)).toEqual({ [runId]: "cancelled" });
    expect(await next()).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    expect(await next()).toBeNull();
    expect(await stuck.client.runs.retrieve(runId)).toMatchObject({ status: "cancelled", stop_reason: "cancelled" });
    expect(await storedTypes(stuck, runId)).toEqual([]);
    expect((await stuck.client.conversations.messages.list(conversation)).items).toHaveLength(1);
    expect(await refusalOf(stuck.client.conversations.cancel(conversation))).toBeInstanceOf(ConflictError);
    stuck.simulator.close();
  });

  test("by run id answers for ended and unknown runs too", async () => {
    const ended = runOf(await post(stage, "default", "hello"));
    const unknown = "run-00000000-0000-4000-8000-00000000abcd";
    const answer = await stage.client.agents.messages.cancel(stage.agentId, { run_ids: [ended, unknown] });
    expect(answer).toEqual({ [ended]: "cancelled", [unknown]: "failed" });
    expect((await stage.client.runs.retrieve(ended)).status).toBe("completed");
  });

  test("of `default` hits every run of the agent", async () => {
    const { stuck, runId, stream } = await hanging({}, {}, (of) => of.conversation());
    expect(await stuck.client.conversations.cancel("default", { agent_id: stuck.agentId })).toEqual({
      [runId]: "cancelled",
    });
    stream.controller.abort();
    stuck.simulator.close();
  });

  test("of a default conversation can leave its lock behind, as the real server does", async () => {
    let now = 1_000_000;
    const { stuck, runId } = await hanging({ stuckLocks: true, now: () => now });
    await stuck.client.agents.messages.cancel(stuck.agentId, { run_ids: [runId] });
    expect((await post(stuck, "default", "x")).error).toMatchObject({ status: 409, body: { run_id: runId } });
    now += 300_000;
    expect(stopOf(await post(stuck, "default", "x"))).toBe("end_turn");
    stuck.simulator.close();
  });
});

describe("a background run", () => {
  const background = { background: true };

  test("numbers its frames and can be heard again from any of them", async () => {
    const first = await post(stage, await stage.conversation(), "demo slow 3 end", background);
    expect(first.events.map(({ seq_id }) => seq_id)).toEqual([1, 2, 3, 4, 5, undefined, undefined]);
    const again = (starting_after: number) =>
      listen(stage.client.runs.messages.stream(runOf(first), { starting_after }));
    expect((await again(3)).events).toEqual(first.events.slice(3));
    expect((await again(5)).events).toEqual(first.events.slice(5));
    expect((await again(0)).events).toEqual(first.events);
  });

  test("can be heard while it works, by its id and by its otid, until it is cancelled", async () => {
    const otid = crypto.randomUUID();
    const { stuck, runId, conversation, word } = await hanging(
      {},
      { ...background, messages: [said("demo slow 2", otid)] },
      (of) => of.conversation(),
    );
    const heard = [
      await stuck.client.runs.messages.stream(runId, { starting_after: 1 }),
      await stuck.client.conversations.messages.stream(conversation, { starting_after: 1 }),
      await stuck.client.conversations.messages.stream(conversation, { otid, starting_after: 1 }),
    ];
    await stuck.client.conversations.cancel(conversation);
    for (const stream of heard) {
      const { events } = await listen(Promise.resolve(stream as AsyncIterable<object>));
      expect(events).toEqual([word as Event, { message_type: "stop_reason", stop_reason: "cancelled" }]);
    }
    stuck.simulator.close();
  });

  test("is found again by its otids, whoever posts them, and nothing is executed twice", async () => {
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    const messages = [said("first", one), said("second", two)];
    const first = await post(stage, await stage.conversation(), "", { ...background, messages });
    const other = await stage.conversation();
    const repeated = await post(stage, other, "", {
      ...background,
      messages: [said("changed", one), said("text", two)],
    });
    expect(repeated.events).toEqual(first.events);
    expect((await stage.client.conversations.messages.list(other)).items).toHaveLength(1);
    const part = await post(stage, other, "", { ...background, messages: [said("only one", one)] });
    expect(answerOf(part)).toContain("only one");
  });

  test("that fails numbers its error and ends without [DONE]", async () => {
    const body = { agent_id: stage.agentId, messages: [said("demo fail")], ...background };
    const frames = await framesOf(stage, "/v1/conversations/default/messages", body);
    expect(frames).toHaveLength(3);
    expect(frames[2]).toStartWith("event: error");
    expect(frames[2]).toContain('"seq_id":3');
  });

  test("of the foreground cannot be heard again", async () => {
    const turn = await post(stage, "default", "hello");
    expect(typesOf(turn)).toContain("assistant_message");
    expect((await listen(stage.client.runs.messages.stream(runOf(turn), {}))).error).toMatchObject({ status: 400 });
    const none = await listen(stage.client.conversations.messages.stream(await stage.conversation(), {}));
    expect(none.error).toMatchObject({ status: 400, body: { detail: expect.stringContaining("No active runs") } });
    const unknown = await listen(stage.client.conversations.messages.stream("default", { otid: crypto.randomUUID() }));
    expect(unknown.error).toMatchObject({ status: 404 });
  });
});
