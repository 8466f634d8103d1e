/** Calls that wait: for somebody's approval, or for the client that has the tool. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed, listedTypes } from "./history-rows.ts";
import { unique, type Json, type Stage } from "./stage.ts";
import { callsOf, decision, type Heard, ofType, results, runOf, stopOf, take, textOf, typesOf, user } from "./turn.ts";

const askTool = {
  name: "ask",
  description: "Asks the person.",
  parameters: { type: "object", properties: { q: { type: "string" } } },
};
const withTool = { client_tools: [askTool] };

const idsOf = (turn: Heard): readonly string[] => callsOf(ofType(turn, "approval_request_message")).map(({ id }) => id);

/** An agent whose memory_insert needs approval. */
const careful = async (stage: Stage): Promise<string> => {
  const agent = await stage.agent({ memory_blocks: [{ label: "human", value: "" }] });
  const path = `/v1/agents/${agent}/tools/approval/memory_insert`;
  expect((await stage.call("PATCH", path, { requires_approval: true })).status).toBe(200);
  return agent;
};

const insert = 'CALL:memory_insert {"label":"human","new_string":"likes tea"}';

const parallel = { model_settings: { provider_type: "openai", parallel_tool_calls: true } };

const pendingOf = async (stage: Stage, agent: string): Promise<Json | null> =>
  (await stage.sdk.agents.retrieve(agent, { include: ["agent.pending_approval"] }))
    .pending_approval as unknown as Json | null;

export const approvals: readonly Case[] = [
  anyServer(
    "a tool that needs approval pauses the run, which counts as completed, and shows as pending",
    async (stage) => {
      const agent = await careful(stage);
      const turn = await take(stage, { agent, text: insert, tokens: false });
      expect(typesOf(turn)).toEqual(["ping", "approval_request_message", "stop_reason", "usage_statistics"]);
      expect(stopOf(turn)).toBe("requires_approval");
      const [request] = ofType(turn, "approval_request_message");
      expect(request?.["otid"]).toBe(request?.["id"]);
      expect(await pendingOf(stage, agent)).toMatchObject({
        id: request?.["id"],
        tool_call: request?.["tool_call"] as Json,
      });
      expect((await stage.sdk.agents.retrieve(agent)).pending_approval).toBeNull();
      const run = await stage.sdk.runs.retrieve(runOf(turn));
      expect(run).toMatchObject({ status: "completed", stop_reason: "requires_approval" });
    },
  ),

  anyServer("deltas of an approval request say null where the other half is", async (stage) => {
    const deltas = ofType(await take(stage, { agent: await careful(stage), text: insert }), "approval_request_message");
    const tool_call_id = expect.any(String);
    expect(deltas[0]?.["tool_call"]).toEqual({ name: "memory_insert", arguments: null, tool_call_id });
    expect(deltas[1]?.["tool_call"]).toEqual({ name: null, arguments: '{"labe', tool_call_id });
    expect(deltas[1]?.["tool_calls"]).toEqual(deltas[1]?.["tool_call"]);
    expect(JSON.parse(callsOf(deltas)[0]?.arguments ?? "")).toEqual({ label: "human", new_string: "likes tea" });
  }),

  anyServer("an approved call is executed and the turn goes on in the same stream", async (stage) => {
    const agent = await careful(stage);
    const ids = idsOf(await take(stage, { agent, text: insert }));
    const turn = await take(stage, { agent, messages: [decision(ids, true)] });
    expect(typesOf(turn).slice(0, 3)).toEqual(["ping", "tool_return_message", "assistant_message"]);
    expect(turn.messages[1]).toMatchObject({ name: "memory_insert", status: "success", tool_call_id: ids[0] });
    expect(textOf(turn)).toContain("likes tea");
    expect(stopOf(turn)).toBe("end_turn");
    expect(await pendingOf(stage, agent)).toBeNull();
    const block = await stage.sdk.agents.blocks.retrieve("human", { agent_id: agent });
    expect(block.value).toContain("likes tea");
  }),

  anyServer(
    "a denied call is told to the agent with the reason; deltas do not repeat it, whole messages do",
    async (stage) => {
      const agent = await careful(stage);
      const told = "Error: request to call tool denied. User reason: too early";
      for (const tokens of [true, false]) {
        const ids = idsOf(await take(stage, { agent, text: insert, tokens }));
        const turn = await take(stage, { agent, messages: [decision(ids, false, "too early")], tokens });
        expect(textOf(turn)).toContain(told);
        const returned = ofType(turn, "tool_return_message");
        expect(returned).toHaveLength(tokens ? 0 : 1);
        if (!tokens) expect(returned[0]).toMatchObject({ name: null, status: "error", tool_return: told });
      }
    },
  ),

  anyServer(
    "a client tool pauses as well; its result is not repeated in deltas and goes on to the model",
    async (stage) => {
      const agent = await stage.agent();
      const asked = await take(stage, { agent, text: 'SAY CALL:ask {"q":"why"}', more: withTool });
      expect(textOf(asked)).toBe("Calling now.");
      expect(stopOf(asked)).toBe("requires_approval");
      const turn = await take(stage, { agent, messages: [results(idsOf(asked), "forty-two")], more: withTool });
      expect(typesOf(turn)).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
      expect(textOf(turn)).toContain('"message": "forty-two"');
    },
  ),

  anyServer("client tools hold for one request: the model has them no more in the next", async (stage) => {
    const agent = await stage.agent();
    const word = unique("tool");
    const ids = idsOf(await take(stage, { agent, text: `CALL:ask {"q":"${word}"}`, more: withTool }));
    await take(stage, { agent, messages: [results(ids, word)] });
    const [first, second] = await stage.asked(word);
    expect(first?.tools).toContain("ask");
    expect(second?.tools).not.toContain("ask");
  }),

  anyServer("parallel calls wait together and are answered together", async (stage) => {
    const agent = await stage.agent(parallel);
    for (const tokens of [true, false]) {
      const asked = await take(stage, { agent, text: "CALL2:ask", more: withTool, tokens });
      const ids = idsOf(asked);
      expect(ids).toHaveLength(2);
      const half = await take(stage, { agent, messages: [results(ids.slice(0, 1), "one")], more: withTool });
      expect(half.error).toMatchObject({ detail: expect.stringContaining("Invalid tool call IDs") });
      const turn = await take(stage, { agent, messages: [results(ids, "both")], more: withTool, tokens });
      expect(stopOf(turn)).toBe("end_turn");
    }
  }),

  anyServer(
    "several calls of a model that may not call in parallel: only the first is made when it does not stream",
    async (stage) => {
      const agent = await stage.agent();
      const asked = await take(stage, { agent, text: "CALL2:ask", more: withTool, tokens: false });
      expect(idsOf(asked)).toHaveLength(1);
    },
  ),

  anyServer("an answer with a wrong id is refused and the call goes on waiting", async (stage) => {
    const agent = await careful(stage);
    const [id] = idsOf(await take(stage, { agent, text: insert }));
    const turn = await take(stage, { agent, messages: [decision(["call_wrong"], true)] });
    expect(turn.error).toMatchObject({
      error_type: "internal_error",
      detail: `Invalid tool call IDs. Expected '['${id}']', but received '['call_wrong']'.`,
    });
    const json = await stage.call("POST", `/v1/agents/${agent}/messages`, {
      messages: [decision(["call_wrong"], true)],
    });
    expect([json.status, json.body]).toMatchObject([400, { detail: expect.stringContaining("Invalid tool call IDs") }]);
    expect(await pendingOf(stage, agent)).not.toBeNull();
  }),

  anyServer("an answer that nobody waits for is refused", async (stage) => {
    const agent = await stage.agent();
    const turn = await take(stage, { agent, messages: [decision(["call_none"], true)] });
    const detail = expect.stringContaining("No tool call is currently awaiting approval");
    expect(turn.error).toMatchObject({ error_type: "internal_error", detail });
    const json = await stage.call("POST", `/v1/agents/${agent}/messages`, {
      messages: [decision(["call_none"], true)],
    });
    expect([json.status, json.body]).toMatchObject([400, { detail }]);
  }),

  anyServer("trap 14: an answer given twice is accepted, runs nothing and makes one more turn", async (stage) => {
    const agent = await careful(stage);
    const ids = idsOf(await take(stage, { agent, text: insert }));
    await take(stage, { agent, messages: [decision(ids, true)] });
    const again = await take(stage, { agent, messages: [decision(ids, true)] });
    expect(typesOf(again)).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
    const [extra] = (await stage.sdk.runs.messages.list(runOf(again))).items;
    expect(JSON.stringify(extra)).toContain("Automated keep-alive ping");
    const block = await stage.sdk.agents.blocks.retrieve("human", { agent_id: agent });
    expect(block.value.split("likes tea")).toHaveLength(2);
  }),

  anyServer(
    "trap 24: a stored answer has no otid and is found by its call; it stays when the model fails after it",
    async (stage) => {
      const agent = await stage.agent();
      const ids = idsOf(await take(stage, { agent, text: 'CALL:ask {"q":"x"}', more: withTool }));
      const otid = crypto.randomUUID();
      const messages = [{ ...decision(ids, false, "no"), otid }, user("FAIL:500")];
      const turn = await take(stage, { agent, messages, more: withTool });
      expect(stopOf(turn)).toBe("llm_api_error");
      const stored = (await listed(stage, agent)).find(
        ({ message_type }) => message_type === "approval_response_message",
      );
      expect(stored).toMatchObject({
        otid: null,
        run_id: runOf(turn),
        approvals: [{ type: "approval", tool_call_id: ids[0], approve: false, reason: "no" }],
      });
      expect(await pendingOf(stage, agent)).toBeNull();
    },
  ),

  anyServer("what a person says next may follow the answer in the same post", async (stage) => {
    const agent = await careful(stage);
    const ids = idsOf(await take(stage, { agent, text: insert }));
    const turn = await take(stage, { agent, messages: [decision(ids, false), user("and then")] });
    expect(textOf(turn)).toBe("Echo: and then");
    expect(await listedTypes(stage, agent)).toEqual([
      "system_message",
      "user_message",
      "approval_request_message",
      "approval_response_message",
      "tool_return_message",
      "user_message",
      "assistant_message",
    ]);
  }),

  anyServer(
    "trap 26: while a call waits, cancel has nothing to cancel and every other message fails",
    async (stage) => {
      const agent = await careful(stage);
      const conversation = await stage.conversation(agent);
      const ids = idsOf(await take(stage, { agent, conversation, text: insert }));
      const blocked = await take(stage, { agent, conversation, text: "hello?" });
      expect(stopOf(blocked)).toBe("error");
      expect(blocked).toMatchObject({
        status: 200,
        error: { error_type: "internal_error", message: expect.stringContaining("waiting for approval") },
      });
      expect((await stage.sdk.runs.messages.list(runOf(blocked))).items).toEqual([]);
      const cancel = await stage.call("POST", `/v1/conversations/${conversation}/cancel`);
      expect([cancel.status, cancel.body]).toMatchObject([409, { detail: expect.stringContaining("No active runs") }]);
      expect(stopOf(await take(stage, { agent, conversation, messages: [decision(ids, false)] }))).toBe("end_turn");
      expect(textOf(await take(stage, { agent, conversation, text: "hello?" }))).toBe("Echo: hello?");
    },
  ),

  anyServer(
    "as JSON a waiting call is 409: an object with the request's id on the agents route, a text elsewhere",
    async (stage) => {
      const agent = await careful(stage);
      const asked = await take(stage, { agent, text: insert });
      const direct = await stage.call("POST", `/v1/agents/${agent}/messages`, { input: "hello?" });
      const pending_request_id = ofType(asked, "approval_request_message")[0]?.["id"];
      expect(direct).toMatchObject({ status: 409, body: { detail: { code: "PENDING_APPROVAL", pending_request_id } } });
      const body = { agent_id: agent, input: "hello?", streaming: false };
      const other = await stage.call("POST", "/v1/conversations/default/messages", body);
      expect(other).toMatchObject({ status: 409, body: { detail: expect.stringContaining("waiting for approval") } });
    },
  ),

  anyServer(
    "cancelling the run that asked, by its id, denies what the default conversation waits for",
    async (stage) => {
      const agent = await careful(stage);
      const run = runOf(await take(stage, { agent, text: insert }));
      const cancel = await stage.call("POST", `/v1/agents/${agent}/messages/cancel`, { run_ids: [run] });
      expect(cancel).toEqual({ status: 200, body: { [run]: "cancelled" } });
      expect(await pendingOf(stage, agent)).toBeNull();
      expect((await stage.sdk.runs.retrieve(run)).status).toBe("cancelled");
      expect((await listedTypes(stage, agent)).slice(-2)).toEqual(["approval_response_message", "tool_return_message"]);
      expect(stopOf(await take(stage, { agent, text: "next" }))).toBe("end_turn");
    },
  ),
];
