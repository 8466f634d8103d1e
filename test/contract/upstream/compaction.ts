/** When a conversation becomes too long: summaries by request and in mid-stream, and beginning anew. */
import { expect } from "bun:test";
import { anyServer, type Case } from "./case.ts";
import { listed, listedTypes } from "./history-rows.ts";
import { scriptedModel, type Stage, unique } from "./stage.ts";
import { ofType, stopOf, take, textOf } from "./turn.ts";

const all = { compaction_settings: { mode: "all", model: scriptedModel } };

const setMode = (stage: Stage, mode: object) =>
  fetch(`${stage.modelUrl}/mode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(mode),
  });

export const compaction: readonly Case[] = [
  anyServer("by request: the model is shown a summary instead, and the history keeps everything", async (stage) => {
    const agent = await stage.agent();
    for (const conversation of ["default", await stage.conversation(agent)]) {
      const word = unique("old");
      for (const text of [word, "b", "c"]) await take(stage, { agent, conversation, text });
      const path =
        conversation === "default" ? `/v1/agents/${agent}/summarize` : `/v1/conversations/${conversation}/compact`;
      const answer = await stage.call("POST", path, all);
      expect(answer).toMatchObject({
        status: 200,
        body: { summary: expect.stringContaining(word), num_messages_before: 7, num_messages_after: 2 },
      });
      const rows = await listed(stage, agent, conversation);
      expect(rows).toHaveLength(8);
      expect(rows.some(({ content }) => content === word)).toBe(true);
      const summary = rows.find(({ content }) => String(content).includes("system_alert"));
      expect(summary).toMatchObject({ message_type: "user_message", run_id: null, otid: null });
      const next = unique("next");
      await take(stage, { agent, conversation, text: next });
      const [asked] = await stage.asked(next);
      expect(asked?.messages.map(({ role }) => role)).toEqual(["user", "user"]);
    }
  }),

  anyServer("our adapter tells how much less the model is shown, and when there is too little", async (stage) => {
    const agent = await stage.agent(all);
    const { signal } = new AbortController();
    for (const conversation of ["default", await stage.conversation(agent)]) {
      const target = { agent, conversation };
      expect(await stage.upstream.compact(target, signal)).toBeNull();
      for (const text of ["a", "b", "c", "d", "e"]) await take(stage, { agent, conversation, text });
      const compacted = await stage.upstream.compact(target, signal);
      expect(compacted?.before).toBe(11);
      expect(compacted?.after).toBeLessThan(11);
    }
  }),

  anyServer("of nothing is 400", async (stage) => {
    const refused = await stage.call("POST", `/v1/agents/${await stage.agent()}/summarize`, {});
    // Its words are those of a validation that failed by mistake.
    expect(refused).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
  }),

  anyServer("trap 9: in mid-stream the summary comes as a user_message, which is nobody's", async (stage) => {
    const agent = await stage.agent({ compaction_settings: { mode: "all", model: scriptedModel } });
    for (const text of ["a", "b", "c"]) await take(stage, { agent, text });
    await setMode(stage, { fail: 413, once: true });
    const turn = await take(stage, { agent, text: "too much" }).finally(() =>
      setMode(stage, { fail: null, once: false }),
    );
    const [summary] = ofType(turn, "user_message");
    expect(JSON.parse(String(summary?.["content"]))).toMatchObject({
      type: "system_alert",
      message: expect.any(String),
    });
    expect(stopOf(turn)).toBe("end_turn");
    expect(textOf(turn)).toContain("Echo: ");
  }),

  anyServer(
    "resetting an agent empties the context of its default conversation; the history stays, and the others",
    async (stage) => {
      const agent = await stage.agent();
      const conversation = await stage.conversation(agent);
      const word = unique("gone");
      await take(stage, { agent, text: word });
      await take(stage, { agent, conversation, text: word });
      const body = { add_default_initial_messages: false };
      const reset = await stage.call("PATCH", `/v1/agents/${agent}/reset-messages`, body);
      expect(reset).toMatchObject({ status: 200, body: { id: agent } });
      expect((await stage.sdk.agents.retrieve(agent)).message_ids).toHaveLength(1);
      expect(await listedTypes(stage, agent)).toEqual(["system_message", "user_message", "assistant_message"]);
      for (const [where, remembered] of [
        ["default", false],
        [conversation, true],
      ] as const) {
        const next = unique("next");
        await take(stage, { agent, conversation: where, text: next });
        expect(JSON.stringify((await stage.asked(next))[0]?.messages).includes(word)).toBe(remembered);
      }
    },
  ),
];
