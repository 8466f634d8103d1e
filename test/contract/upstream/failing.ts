/** Failures: of the model before and in the stream, and of what the client sent. */
import { expect } from "bun:test";
import { APIError } from "@letta-ai/letta-client";
import { anyServer, type Case } from "./case.ts";
import { listed } from "./history-rows.ts";
import { ofType, runOf, stopOf, take, textOf, typesOf, user } from "./turn.ts";

/** What the model's HTTP status becomes: in a stream, and as the status of a JSON answer. */
const statuses = [
  { status: 400, inStream: "llm_error", json: 400, jsonType: "llm_bad_request" },
  { status: 401, inStream: "llm_authentication", json: 401, jsonType: "llm_authentication" },
  { status: 402, inStream: "llm_error", json: 402, jsonType: "llm_insufficient_credits" },
  { status: 429, inStream: "llm_rate_limit", json: 429, jsonType: "llm_rate_limit" },
  { status: 500, inStream: "llm_error", json: 500, jsonType: "llm_error" },
  { status: 503, inStream: "llm_error", json: 500, jsonType: "llm_error" },
] as const;

export const failing: readonly Case[] = [
  ...statuses.map(({ status, inStream, json, jsonType }) =>
    anyServer(
      `the model answers ${status}: ${inStream} in a stream of status 200, ${json} ${jsonType} as JSON`,
      async (stage) => {
        const agent = await stage.agent();
        const turn = await take(stage, { agent, text: `FAIL:${status}` });
        expect(typesOf(turn)).toEqual(["ping", "stop_reason"]);
        expect([turn.status, stopOf(turn), turn.done]).toEqual([200, "llm_api_error", true]);
        expect(turn.error).toMatchObject({ message_type: "error_message", error_type: inStream, run_id: runOf(turn) });
        const answer = await stage.call("POST", `/v1/agents/${agent}/messages`, { input: `FAIL:${status}` });
        expect(answer.status).toBe(json);
        expect(answer.body).toMatchObject({
          error: { type: jsonType, message: expect.any(String), detail: expect.any(String) },
        });
      },
    ),
  ),

  anyServer(
    "trap 5: most failures of a stream are HTTP 200 with event: error, and the SDK throws without a status",
    async (stage) => {
      const agent_id = await stage.agent();
      const stream = await stage.sdk.conversations.messages.create("default", { agent_id, input: "FAIL:500" });
      const types: string[] = [];
      const thrown: unknown = await (async () => {
        for await (const { message_type } of stream) types.push(String(message_type));
        return null;
      })().catch((error: unknown) => error);
      expect(types).toEqual(["ping", "stop_reason"]);
      expect(thrown).toBeInstanceOf(APIError);
      expect(thrown).toMatchObject({ status: undefined, error: { error_type: "llm_error" } });
    },
  ),

  anyServer(
    "trap 6: a failure in mid-stream says stop_reason twice, then event: error, and no [DONE]",
    async (stage) => {
      const turn = await take(stage, { agent: await stage.agent(), text: "BREAK and more" });
      expect(textOf(turn)).toBe("Echo: ");
      expect(ofType(turn, "stop_reason").map(({ stop_reason }) => stop_reason)).toEqual(["error", "llm_api_error"]);
      expect(turn.error).toMatchObject({ error_type: "internal_error" });
      expect([turn.status, turn.done]).toEqual([200, false]);
    },
  ),

  anyServer(
    "trap 19: a key that the model's provider refuses is a 401 with llm_authentication in it",
    async (stage) => {
      const agent = await stage.agent();
      const refused = await stage.call("POST", `/v1/agents/${agent}/messages`, { input: "FAIL:401" });
      expect([refused.status, refused.body]).toMatchObject([401, { error: { type: "llm_authentication" } }]);
    },
  ),

  anyServer("trap 23: a failed run leaves no user message, and the next turn does not know of it", async (stage) => {
    const agent = await stage.agent();
    for (const text of ["FAIL:500 lost", "BREAK lost"]) await take(stage, { agent, text });
    const failed = await take(stage, { agent, text: "FAIL:429 lost" });
    expect((await stage.sdk.runs.messages.list(runOf(failed))).items).toEqual([]);
    expect(await stage.sdk.runs.retrieve(runOf(failed))).toMatchObject({
      status: "failed",
      stop_reason: "llm_api_error",
    });
    expect(textOf(await take(stage, { agent, text: "after" }))).toBe("Echo: after");
    expect((await listed(stage, agent)).map(({ message_type }) => message_type)).toEqual([
      "system_message",
      "user_message",
      "assistant_message",
    ]);
  }),

  anyServer("empty content is 400, and an internal_error in a stream", async (stage) => {
    const agent = await stage.agent();
    for (const content of ["", []]) {
      const turn = await take(stage, { agent, messages: [user("x", { content })] });
      expect(stopOf(turn)).toBe("error");
      expect(turn.error).toMatchObject({
        error_type: "internal_error",
        detail: expect.stringContaining("Message content is empty or invalid"),
      });
    }
    const json = await stage.call("POST", `/v1/agents/${agent}/messages`, { messages: [user("")] });
    expect([json.status, json.body]).toMatchObject([400, { detail: "Message content is empty or invalid" }]);
  }),

  anyServer("a run that may not take another step ends with max_steps and counts as completed", async (stage) => {
    const text = 'CALL:conversation_search {"query":"x"}';
    const turn = await take(stage, { agent: await stage.agent(), text, more: { max_steps: 1 } });
    expect(stopOf(turn)).toBe("max_steps");
    expect(turn).toMatchObject({ error: null, done: true });
    expect((await stage.sdk.runs.retrieve(runOf(turn))).status).toBe("completed");
  }),
];
