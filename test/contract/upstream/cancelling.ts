/** Cancelling at each moment of a run, and clients that go away. */
import { expect } from "bun:test";
import { anyServer, type Case, withRedis } from "./case.ts";
import { listed, listedTypes } from "./history-rows.ts";
import { type Stage, unique, until } from "./stage.ts";
import { openTurn, ofType, runOf, take, textOf } from "./turn.ts";

const cancelRun = (stage: Stage, agent: string, run: string) =>
  stage.call("POST", `/v1/agents/${agent}/messages/cancel`, { run_ids: [run] });

const ended = (stage: Stage, run: string) =>
  until(async () => {
    const { status } = await stage.sdk.runs.retrieve(run);
    return status === "running" || status === "created" ? undefined : status;
  });

export const cancelling: readonly Case[] = [
  anyServer("in mid-stream: the stream ends with stop_reason cancelled, without usage", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    const stream = await openTurn(stage, { agent, conversation, text: "PACE:0.2 WORDS:100" });
    const { run_id } = await stream.nextOf("assistant_message");
    const run = String(run_id);
    expect(await stage.call("POST", `/v1/conversations/${conversation}/cancel`)).toEqual({
      status: 200,
      body: { [run]: "cancelled" },
    });
    const turn = await stream.heard();
    expect(turn.messages.at(-1)).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    expect(turn).toMatchObject({ error: null, done: false });
    expect(ofType(turn, "usage_statistics")).toEqual([]);
    expect(await stage.sdk.runs.retrieve(run)).toMatchObject({ status: "cancelled", stop_reason: "cancelled" });
  }),

  anyServer(
    "trap 16: neither the cancelled message nor the partial reply stays, in the history or the context",
    async (stage) => {
      const agent = await stage.agent();
      const conversation = await stage.conversation(agent);
      const word = unique("gone");
      const stream = await openTurn(stage, { agent, conversation, text: `PACE:0.2 WORDS:100 ${word}` });
      const { run_id } = await stream.nextOf("assistant_message");
      await stage.call("POST", `/v1/conversations/${conversation}/cancel`);
      await stream.heard();
      expect((await stage.sdk.runs.messages.list(String(run_id))).items).toEqual([]);
      const next = unique("next");
      expect(textOf(await take(stage, { agent, conversation, text: next }))).toBe(`Echo: ${next}`);
      expect(JSON.stringify(await stage.asked(next))).not.toContain(word);
      expect(await listedTypes(stage, agent, conversation)).toEqual([
        "system_message",
        "user_message",
        "assistant_message",
      ]);
    },
  ),

  anyServer("before the first word: the run ends cancelled as well", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    const stream = await openTurn(stage, { agent, conversation, text: "PACE:1 WORDS:30" });
    const run = String((await stream.nextOf("ping"))["run_id"]);
    expect((await cancelRun(stage, agent, run)).body).toEqual({ [run]: "cancelled" });
    expect((await stream.heard()).messages.at(-1)).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    expect(await ended(stage, run)).toBe("cancelled");
    expect(await listedTypes(stage, agent, conversation)).toEqual(["system_message"]);
  }),

  anyServer("after a tool's result: the finished step stays in the history", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    // The answer to a tool's result is paced by the mode of the model, not by words: hence a result that is long.
    await fetch(`${stage.modelUrl}/mode`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"pace":0.3}',
    });
    try {
      const stream = await openTurn(stage, { agent, conversation, text: 'CALL:conversation_search {"query":"zzz"}' });
      const run = String((await stream.nextOf("tool_return_message"))["run_id"]);
      await stream.nextOf("assistant_message");
      await cancelRun(stage, agent, run);
      expect((await stream.heard()).messages.at(-1)).toEqual({ message_type: "stop_reason", stop_reason: "cancelled" });
    } finally {
      await fetch(`${stage.modelUrl}/mode`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"pace":null}',
      });
    }
    expect(await listedTypes(stage, agent, conversation)).toEqual([
      "system_message",
      "user_message",
      "tool_call_message",
      "tool_return_message",
    ]);
    expect(textOf(await take(stage, { agent, conversation, text: "next" }))).toBe("Echo: next");
  }),

  anyServer(
    "after its end: by conversation 409, by run id it counts as cancelled and stays completed",
    async (stage) => {
      const agent = await stage.agent();
      const conversation = await stage.conversation(agent);
      const run = runOf(await take(stage, { agent, conversation }));
      const late = await stage.call("POST", `/v1/conversations/${conversation}/cancel`);
      expect([late.status, late.body]).toMatchObject([
        409,
        { detail: expect.stringContaining("No active runs to cancel") },
      ]);
      expect((await cancelRun(stage, agent, run)).body).toEqual({ [run]: "cancelled" });
      expect((await stage.sdk.runs.retrieve(run)).status).toBe("completed");
    },
  ),

  anyServer("of an unknown run id answers failed", async (stage) => {
    const run = "run-00000000-0000-4000-8000-00000000abcd";
    expect((await cancelRun(stage, await stage.agent(), run)).body).toEqual({ [run]: "failed" });
  }),

  anyServer("of `default` hits the runs of all the agent's conversations", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    const stream = await openTurn(stage, { agent, conversation, text: "PACE:0.2 WORDS:100" });
    const run = String((await stream.nextOf("assistant_message"))["run_id"]);
    const cancel = await stage.call("POST", `/v1/conversations/default/cancel?agent_id=${agent}`);
    expect(cancel).toEqual({ status: 200, body: { [run]: "cancelled" } });
    expect((await stream.heard()).messages.at(-1)).toMatchObject({ stop_reason: "cancelled" });
  }),

  anyServer("trap 15: a run goes on without its client, and its answer is stored", async (stage) => {
    const agent = await stage.agent();
    const stream = await openTurn(stage, { agent, text: "PACE:0.1 WORDS:8" });
    const run = String((await stream.nextOf("assistant_message"))["run_id"]);
    stream.leave();
    expect(await ended(stage, run)).toBe("completed");
    expect((await listed(stage, agent)).at(-1)).toMatchObject({ content: "w1 w2 w3 w4 w5 w6 w7 w8", run_id: run });
  }),

  withRedis(
    "of a default conversation's run leaves its lock behind",
    "without Redis nothing is locked",
    async (stage) => {
      const agent = await stage.agent();
      const stream = await openTurn(stage, { agent, text: "PACE:0.2 WORDS:100" });
      const run = String((await stream.nextOf("assistant_message"))["run_id"]);
      await cancelRun(stage, agent, run);
      await stream.heard();
      const next = await take(stage, { agent, text: "next" });
      expect([next.status, next.body]).toMatchObject([409, { run_id: run }]);
      // Other conversations of the agent are free.
      expect(textOf(await take(stage, { agent, conversation: await stage.conversation(agent), text: "x" }))).toBe(
        "Echo: x",
      );
    },
  ),
];
