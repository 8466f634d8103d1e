/** Messages go in, an answer comes out: in deltas, in whole messages, and as JSON. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { unique } from "./stage.ts";
import { callsOf, ofType, runOf, stopOf, take, textOf, typesOf, user } from "./turn.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const envelope = ["id", "date", "name", "message_type", "otid", "sender_id", "step_id", "is_err", "seq_id", "run_id"];

export const sending: readonly Case[] = [
  anyServer("tokens: ping, text, stop reason, usage, [DONE]; every key there, also when null", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), text: "WORDS:3" });
    expect(typesOf(turn)).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
    expect(turn).toMatchObject({ status: 200, done: true, error: null });
    const [ping, text] = turn.messages;
    expect(Object.keys(ping ?? {})).toEqual(envelope);
    expect(Object.keys(text ?? {})).toEqual([...envelope, "content"]);
    expect(ping?.["run_id"]).toStartWith("run-");
    expect(text).toMatchObject({ seq_id: null, sender_id: null, is_err: null, run_id: ping?.["run_id"] });
    expect(text?.["date"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    expect(turn.messages.at(-2)).toEqual({ message_type: "stop_reason", stop_reason: "end_turn" });
    expect(turn.messages.at(-1)).toMatchObject({ step_count: 1, run_ids: null, cached_input_tokens: null });
  }),

  anyServer("trap 7: deltas share one id and one otid, and their concatenation is the text", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), text: "THINK WORDS:5" });
    const texts = ofType(turn, "assistant_message");
    const thoughts = ofType(turn, "reasoning_message");
    expect(texts.map(({ content }) => content)).toEqual(["w1 ", "w2 ", "w3 ", "w4 ", "w5"]);
    expect(thoughts.map(({ reasoning }) => reasoning).join("")).toBe("Let me think about that.");
    expect(new Set([...texts, ...thoughts].map(({ id }) => id)).size).toBe(1);
    expect(new Set(texts.map(({ otid }) => otid)).size).toBe(1);
    expect(new Set(thoughts.map(({ otid }) => otid)).size).toBe(1);
    expect(texts[0]?.["otid"]).not.toBe(thoughts[0]?.["otid"]);
    // The message's uuid, its last bits replaced by the place of the part.
    const uuid = String(texts[0]?.["id"]).slice("message-".length);
    expect(String(texts[0]?.["otid"]).slice(0, -2)).toBe(uuid.slice(0, -2));
    expect(String(texts[0]?.["otid"])).toEndWith("1");
  }),

  anyServer("steps: each part once and whole; no reasoning from a model that does not stream", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), text: "THINK WORDS:3", tokens: false });
    expect(typesOf(turn)).toEqual(["ping", "assistant_message", "stop_reason", "usage_statistics"]);
    expect(textOf(turn)).toBe("w1 w2 w3");
    expect(turn.messages.at(-1)).toMatchObject({ cached_input_tokens: 0, reasoning_tokens: 0 });
  }),

  anyServer("trap 8: tool_calls is an object in deltas and a list in whole messages", async (stage) => {
    const agent = await stage.agent();
    const text = 'CALL:conversation_search {"query":"x"}';
    const deltas = ofType(await take(stage, { agent, text }), "tool_call_message");
    expect(deltas.length).toBeGreaterThan(2);
    const tool_call_id = callsOf(deltas)[0]?.id;
    expect(deltas[0]?.["tool_calls"]).toEqual({ name: "conversation_search", tool_call_id });
    expect(deltas[1]?.["tool_calls"]).toEqual({ arguments: '{"quer', tool_call_id });
    expect(deltas[1]?.["tool_call"]).toEqual(deltas[1]?.["tool_calls"]);
    const [whole, ...more] = ofType(await take(stage, { agent, text, tokens: false }), "tool_call_message");
    expect(more).toEqual([]);
    expect(whole?.["tool_calls"]).toEqual([
      { name: "conversation_search", arguments: '{"query": "x"}', tool_call_id: expect.any(String) },
    ]);
  }),

  anyServer(
    "JSON: what the agent said, a stop reason and usage in one answer; the run is in each message",
    async (stage) => {
      const agent = await stage.agent();
      const { status, body } = await stage.call("POST", `/v1/agents/${agent}/messages`, { input: "hello" });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        messages: [
          { message_type: "assistant_message", content: "Echo: hello", run_id: expect.stringMatching(/^run-/) },
        ],
        stop_reason: { message_type: "stop_reason", stop_reason: "end_turn" },
        usage: { message_type: "usage_statistics", step_count: 1, run_ids: null, cached_input_tokens: 0 },
        logprobs: null,
        turns: null,
      });
    },
  ),

  anyServer(
    "several messages of one post reach the model in order, system messages as such, with names",
    async (stage) => {
      const agent = await stage.agent();
      const word = unique("note");
      const turn = await take(stage, {
        agent,
        messages: [
          { role: "system", content: word },
          user("one", { name: "Ada", sender_id: "telegram:7" }),
          { role: "assistant", content: "I said" },
          user("two"),
        ],
      });
      expect(textOf(turn)).toBe("Echo: two");
      const [asked] = await stage.asked(word);
      expect(asked?.messages).toEqual([
        { role: "system", content: word },
        { role: "user", content: "one", name: "Ada" },
        { role: "assistant", content: "I said" },
        { role: "user", content: "two" },
      ]);
    },
  ),

  anyServer(
    "trap 12: the model sees a message's name and never its sender_id, which the history keeps",
    async (stage) => {
      const agent = await stage.agent();
      const word = unique("sent");
      const turn = await take(stage, { agent, messages: [user(word, { name: "Ada", sender_id: "telegram:7" })] });
      const [asked] = await stage.asked(word);
      expect(asked?.messages[0]).toMatchObject({ name: "Ada" });
      expect(JSON.stringify(asked)).not.toContain("telegram:7");
      const [mine, reply] = (await stage.sdk.runs.messages.list(runOf(turn))).items;
      expect(mine).toMatchObject({ message_type: "user_message", sender_id: "telegram:7", name: "Ada" });
      expect(reply).toMatchObject({ message_type: "assistant_message", sender_id: null });
    },
  ),

  anyServer("trap 11: an unknown field, such as identity_id, is dropped without a word", async (stage) => {
    const more = { identity_id: "identity-00000000-0000-4000-8000-00000000abcd", nonsense: true };
    expect(stopOf(await take(stage, { agent: await stage.agent(), more }))).toBe("end_turn");
  }),

  anyServer("an image reaches the model, and the history repeats its data", async (stage) => {
    const agent = await stage.agent();
    const word = unique("look");
    const source = { type: "base64", media_type: "image/png", data: png };
    const content = [
      { type: "text", text: word },
      { type: "image", source },
    ];
    const turn = await take(stage, { agent, messages: [{ role: "user", content }] });
    expect(stopOf(turn)).toBe("end_turn");
    const [asked] = await stage.asked(word);
    expect(asked?.messages[0]?.content).toMatchObject([
      { type: "text", text: word },
      { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
    ]);
    const [mine] = (await stage.sdk.runs.messages.list(runOf(turn))).items as unknown as { content: unknown }[];
    expect(mine?.content).toMatchObject([
      { type: "text", text: word },
      { type: "image", source: { type: "letta", file_id: expect.stringMatching(/^file-/), data: png } },
    ]);
  }),

  anyServer("a message keeps the otid it came with, and is given one otherwise", async (stage) => {
    const otid = crypto.randomUUID();
    const turn = await take(stage, { agent: await stage.agent(), messages: [user("mine", { otid }), user("other")] });
    const stored = (await stage.sdk.runs.messages.list(runOf(turn))).items;
    expect(stored[0]).toMatchObject({ message_type: "user_message", otid });
    expect(stored[1]).toMatchObject({ message_type: "user_message", otid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  }),

  anyServer("an empty answer is a success without text", async (stage) => {
    const agent = await stage.agent();
    for (const tokens of [true, false]) {
      const turn = await take(stage, { agent, text: "EMPTY", tokens });
      expect(typesOf(turn)).toEqual(["ping", "stop_reason", "usage_statistics"]);
      expect(stopOf(turn)).toBe("end_turn");
    }
  }),

  anyServer("trap 28: a model stream that ends early is told as end_turn, with no tokens counted", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), text: "CUT and more" });
    expect([textOf(turn), stopOf(turn), turn.done]).toEqual(["Echo: ", "end_turn", true]);
    expect(turn.messages.at(-1)).toMatchObject({ total_tokens: 0 });
  }),

  anyServer(
    "trap 28: finish_reason length is end_turn in deltas, and max_tokens_exceeded in whole messages",
    async (stage) => {
      const agent = await stage.agent();
      expect(stopOf(await take(stage, { agent, text: "LENGTH" }))).toBe("end_turn");
      expect(stopOf(await take(stage, { agent, text: "LENGTH", tokens: false }))).toBe("max_tokens_exceeded");
    },
  ),

  anyServer("without pings the stream begins with the answer", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), more: { include_pings: false } });
    expect(typesOf(turn)).toEqual(["assistant_message", "stop_reason", "usage_statistics"]);
  }),

  anyServer("include_return_message_types leaves the others out of the stream", async (stage) => {
    const more = { include_return_message_types: ["tool_return_message"] };
    const text = 'CALL:conversation_search {"query":"x"}';
    const turn = await take(stage, { agent: await stage.agent(), text, more, tokens: false });
    expect(typesOf(turn)).toEqual(["ping", "tool_return_message", "stop_reason", "usage_statistics"]);
  }),

  anyServer("a post has either input or messages, and messages are not empty", async (stage) => {
    const agent_id = await stage.agent();
    for (const body of [
      {},
      { input: "x", messages: [user("y")] },
      { messages: [] },
      { messages: [{ role: "nobody" }] },
    ]) {
      const { status } = await stage.call("POST", "/v1/conversations/default/messages", { agent_id, ...body });
      expect(status).toBe(422);
    }
  }),

  anyServer("streaming options without streaming are refused on the agents route alone", async (stage) => {
    const agent_id = await stage.agent();
    const body = { input: "x", streaming: false, stream_tokens: true };
    const refused = await stage.call("POST", `/v1/agents/${agent_id}/messages`, body);
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).toContain("Streaming options set without streaming enabled");
    const path = "/v1/conversations/default/messages";
    expect((await stage.call("POST", path, { agent_id, ...body })).status).toBe(200);
  }),

  anyServer("a client that is no SDK may not stream on the agents route", async (stage) => {
    const agent = await stage.agent();
    const body = { input: "x", streaming: true };
    const refused = await stage.callBare("POST", `/v1/agents/${agent}/messages`, body);
    expect([refused.status, refused.body]).toMatchObject([422, { detail: expect.stringContaining("SDK v1.0+") }]);
    expect((await stage.call("POST", `/v1/agents/${agent}/messages`, body)).status).toBe(200);
  }),

  anyServer("override_model and override_system hold for one request", async (stage) => {
    const agent = await stage.agent({ memory_blocks: [{ label: "human", value: "block-text" }] });
    const word = unique("plain");
    await take(stage, { agent, text: word, more: { override_system: "You are somebody else." } });
    await take(stage, { agent, text: `${word} again` });
    const [first, second] = await stage.asked(word);
    expect(first?.system).toBe("You are somebody else.");
    expect(second?.system).toContain("block-text");
  }),
];
