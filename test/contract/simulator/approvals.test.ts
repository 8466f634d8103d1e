import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { BadRequestError, ConflictError } from "@letta-ai/letta-client";
import {
  answerOf,
  askedCallOf,
  listen,
  refusalOf,
  runOf,
  said,
  type Stage,
  stageOf,
  stopOf,
  typesOf,
} from "./client.ts";

/** `demo ask` calls a tool that somebody must approve first. */

let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
});
afterEach(() => stage.simulator.close());

type Decision = { readonly approve: boolean; readonly reason?: string };

const ask = (conversation: string, more: object = {}) =>
  listen(
    stage.client.conversations.messages.create(conversation, {
      agent_id: stage.agentId,
      messages: [said("demo ask token-7")],
      ...more,
    }),
  );

const decide = (
  conversation: string,
  tool_call_id: string,
  decision: Decision,
  more: object = {},
  then: string[] = [],
) =>
  listen(
    stage.client.conversations.messages.create(conversation, {
      agent_id: stage.agentId,
      messages: [
        {
          type: "approval",
          otid: crypto.randomUUID(),
          approvals: [{ type: "approval", tool_call_id, ...decision }],
        },
        ...then.map((text) => said(text)),
      ],
      ...more,
    }),
  );

const pendingOf = async (): Promise<unknown> =>
  (await stage.client.agents.retrieve(stage.agentId, { include: ["agent.pending_approval"] })).pending_approval;

describe("a call that needs approval", () => {
  test("pauses the run, which counts as completed, and shows as pending", async () => {
    const turn = await ask("default");
    expect(typesOf(turn)).toEqual(["ping", "approval_request_message", "stop_reason", "usage_statistics"]);
    expect(stopOf(turn)).toBe("requires_approval");
    const request = turn.events[1];
    expect(request?.["otid"]).toBe(request?.["id"]);
    expect(await stage.client.runs.retrieve(runOf(turn))).toMatchObject({
      status: "completed",
      stop_reason: "requires_approval",
    });
    expect(await pendingOf()).toMatchObject({ id: request?.["id"], tool_call: request?.["tool_call"] });
    expect((await stage.client.agents.retrieve(stage.agentId)).pending_approval).toBeNull();
  });

  test("is streamed in deltas with explicit nulls", async () => {
    const { events } = await ask("default", { stream_tokens: true });
    const deltas = events.filter(({ message_type }) => message_type === "approval_request_message");
    const tool_call_id = expect.any(String);
    expect(deltas[0]?.["tool_call"]).toEqual({ name: "water_plants", arguments: null, tool_call_id });
    expect(deltas[1]?.["tool_calls"]).toEqual({ name: null, arguments: '{"litr', tool_call_id });
    const whole = deltas.map(({ tool_call }) => (tool_call as { arguments: string | null }).arguments ?? "").join("");
    expect(JSON.parse(whole)).toEqual({ litres: 1 });
  });

  test("runs when it is approved, and the answer repeats what was asked with", async () => {
    const call = askedCallOf(await ask("default"));
    const turn = await decide("default", call, { approve: true }, { stream_tokens: true });
    const returned = turn.events[1];
    expect(returned).toMatchObject({
      message_type: "tool_return_message",
      name: "water_plants",
      status: "success",
      tool_call_id: call,
    });
    expect(answerOf(turn)).toContain("token-7");
    expect(turn.events.at(-1)).toMatchObject({ step_count: 1 });
    expect(await pendingOf()).toBeNull();
  });

  test("is left when it is denied, and the conversation goes on", async () => {
    const call = askedCallOf(await ask("default"));
    const turn = await decide("default", call, { approve: false, reason: "too wet" });
    expect(turn.events[1]).toMatchObject({
      message_type: "tool_return_message",
      name: null,
      status: "error",
      tool_return: "Error: request to call tool denied. User reason: too wet",
    });
    expect(answerOf(turn)).toContain("You did not allow water_plants");
    const next = await listen(
      stage.client.conversations.messages.create("default", { agent_id: stage.agentId, messages: [said("next")] }),
    );
    expect(stopOf(next)).toBe("end_turn");
  });

  test("does not repeat a denial among deltas", async () => {
    const call = askedCallOf(await ask("default"));
    const turn = await decide("default", call, { approve: false }, { stream_tokens: true });
    expect(typesOf(turn)).not.toContain("tool_return_message");
    expect(stopOf(turn)).toBe("end_turn");
  });

  test("can be answered together with what the person said next", async () => {
    const call = askedCallOf(await ask("default"));
    const turn = await decide("default", call, { approve: false }, {}, ["and then token-8"]);
    expect(answerOf(turn)).toContain("and then token-8");
  });

  test("refuses every other message until it is answered", async () => {
    const conversation = await stage.conversation();
    const asked = await ask(conversation);
    const turn = await listen(stage.client.conversations.messages.create(conversation, { messages: [said("hello?")] }));
    expect(stopOf(turn)).toBe("error");
    expect(turn.error).toMatchObject({
      status: undefined,
      body: { error_type: "internal_error", message: expect.stringContaining("waiting for approval") },
    });
    expect((await stage.client.runs.messages.list(runOf(turn))).items).toEqual([]);
    expect(await refusalOf(stage.client.conversations.cancel(conversation))).toBeInstanceOf(ConflictError);
    expect(stopOf(await decide(conversation, askedCallOf(asked), { approve: true }))).toBe("end_turn");
  });

  test("is a conflict with the request's id in a JSON answer of the agents route", async () => {
    const asked = await ask("default");
    const refusal = await refusalOf(stage.client.agents.messages.create(stage.agentId, { messages: [said("hello?")] }));
    expect(refusal).toBeInstanceOf(ConflictError);
    expect(refusal).toMatchObject({
      error: { detail: { code: "PENDING_APPROVAL", pending_request_id: asked.events[1]?.["id"] } },
    });
  });
});

describe("an answer to a call", () => {
  test("with a wrong id is refused, in the stream or with 400", async () => {
    const call = askedCallOf(await ask("default"));
    const streamed = await decide("default", "call_wrong", { approve: true });
    expect(streamed.error).toMatchObject({
      body: { detail: `Invalid tool call IDs. Expected '['${call}']', but received '['call_wrong']'.` },
    });
    const answer = {
      type: "approval" as const,
      approvals: [{ type: "approval" as const, tool_call_id: "call_wrong", approve: true }],
    };
    const json = await refusalOf(stage.client.agents.messages.create(stage.agentId, { messages: [answer] }));
    expect(json).toBeInstanceOf(BadRequestError);
    expect(await pendingOf()).not.toBeNull();
  });

  test("without any call waiting is refused", async () => {
    const turn = await decide("default", "call_none", { approve: true });
    expect(turn.error).toMatchObject({
      body: { detail: expect.stringContaining("No tool call is currently awaiting approval") },
    });
  });

  test("given twice is accepted, runs nothing and makes one more turn", async () => {
    const call = askedCallOf(await ask("default"));
    await decide("default", call, { approve: true });
    const again = await decide("default", call, { approve: true });
    expect(typesOf(again)).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
    const stored = (await stage.client.runs.messages.list(runOf(again))).items;
    expect(JSON.stringify(stored[0])).toContain("Automated keep-alive ping");
    // Told to go on where it stopped, the agent speaks of the call again.
    expect(JSON.stringify(stored[1])).toContain("water_plants");
  });

  test("is stored without its otid, and found by the call's id", async () => {
    const call = askedCallOf(await ask("default"));
    const runId = runOf(await decide("default", call, { approve: false, reason: "no" }));
    const [stored] = (await stage.client.runs.messages.list(runId)).items;
    expect(stored).toMatchObject({
      message_type: "approval_response_message",
      otid: null,
      approvals: [{ type: "approval", tool_call_id: call, approve: false, reason: "no" }],
    });
  });
});

test("cancelling the run that asked, by its id, denies what the default conversation waits for", async () => {
  const asked = await ask("default");
  const runId = runOf(asked);
  expect(await stage.client.agents.messages.cancel(stage.agentId, { run_ids: [runId] })).toEqual({
    [runId]: "cancelled",
  });
  expect(await pendingOf()).toBeNull();
  expect((await stage.client.runs.retrieve(runId)).status).toBe("cancelled");
  const newest = (await stage.client.agents.messages.list(stage.agentId, { limit: 2 })).items;
  expect(newest.map(({ message_type }) => message_type)).toEqual(["approval_response_message", "tool_return_message"]);
});
