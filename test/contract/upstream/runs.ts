/** Runs: their rows, listing them, what they cost, and hearing them again. */
import { expect } from "bun:test";
import { isAtWork, met } from "./at-work.ts";
import { anyServer, type Case, withRedis } from "./case.ts";
import { type Json, type Stage, until } from "./stage.ts";
import { openStream, openTurn, runOf, stopOf, take, textOf, user } from "./turn.ts";

const ids = async (stage: Stage, query: string): Promise<readonly string[]> =>
  ((await stage.call("GET", `/v1/runs/?${query}`)).body as { id: string }[]).map(({ id }) => id);

export const runs: readonly Case[] = [
  anyServer("a run's row tells its agent, its conversation, and how it ended", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    const turn = await take(stage, { agent, conversation });
    expect(await stage.sdk.runs.retrieve(runOf(turn))).toMatchObject({
      status: "completed",
      stop_reason: "end_turn",
      agent_id: agent,
      conversation_id: conversation,
      background: false,
      created_at: expect.stringMatching(/Z$/),
      completed_at: expect.stringMatching(/Z$/),
      request_config: { use_assistant_message: true },
    });
  }),

  anyServer(
    "trap 21: runs of the default conversation carry null, and no filter by conversation finds them",
    async (stage) => {
      const agent = await stage.agent();
      const run = runOf(await take(stage, { agent }));
      expect((await stage.sdk.runs.retrieve(run)).conversation_id).toBeNull();
      expect(await ids(stage, "conversation_id=default")).toEqual([]);
      expect(await ids(stage, `conversation_id=${agent}`)).toEqual([]);
      expect(await ids(stage, `agent_id=${agent}`)).toEqual([run]);
    },
  ),

  anyServer(
    "runs are listed newest first, where before means older and after newer; ascending swaps both",
    async (stage) => {
      const agent = await stage.agent();
      const made: string[] = [];
      for (const text of ["a", "b", "c"]) {
        made.unshift(runOf(await take(stage, { agent, text })));
        // On SQLite the server rounds this cursor to whole seconds; on Postgres it is exact.
        await Bun.sleep(1_000 * stage.pace);
      }
      const [newest, middle, oldest] = made as [string, string, string];
      expect(await ids(stage, `agent_id=${agent}`)).toEqual(made);
      // Rounded down, the cursor lies before its own run: that one is among the newer ones there.
      const others = async (query: string) =>
        (await ids(stage, `agent_id=${agent}&${query}`)).filter((id) => id !== middle);
      expect(await others(`before=${middle}`)).toEqual([oldest]);
      expect(await others(`after=${middle}`)).toEqual([newest]);
      expect(await others("order=asc")).toEqual([oldest, newest]);
      expect(await others(`order=asc&after=${middle}`)).toEqual([oldest]);
      expect(await others(`order=asc&before=${middle}`)).toEqual([newest]);
    },
  ),

  anyServer("usage of a run sums up its steps", async (stage) => {
    const agent = await stage.agent();
    const run = runOf(await take(stage, { agent, text: 'CALL:conversation_search {"query":"zzz"}' }));
    expect(await stage.sdk.runs.usage.retrieve(run)).toMatchObject({
      prompt_tokens: expect.any(Number),
      completion_tokens: expect.any(Number),
      total_tokens: expect.any(Number),
    });
    const steps = (await stage.sdk.runs.steps.list(run)).items;
    expect(steps).toHaveLength(2);
    expect(steps[0]).toMatchObject({ run_id: run, agent_id: agent, model: "fake-model" });
  }),

  anyServer("a run that is not there is 404, and what is no run id 400", async (stage) => {
    expect((await stage.call("GET", "/v1/runs/run-00000000-0000-4000-8000-00000000abcd")).status).toBe(404);
    expect((await stage.call("GET", "/v1/runs/run-x")).status).toBe(400);
  }),

  anyServer("a foreground run cannot be heard again: 400", async (stage) => {
    const run = runOf(await take(stage, { agent: await stage.agent() }));
    const again = await stage.call("POST", `/v1/runs/${run}/stream`, { starting_after: 0 });
    expect([again.status, again.body]).toMatchObject([400, { detail: expect.stringContaining("background") }]);
  }),

  withRedis(
    "a background run numbers its frames and is heard again from any of them",
    "background needs Redis",
    async (stage) => {
      const agent = await stage.agent();
      const turn = await take(stage, { agent, text: "WORDS:3", more: { background: true } });
      expect(turn.messages.map(({ seq_id }) => seq_id)).toEqual([1, 2, 3, 4, undefined, undefined]);
      const path = `/v1/runs/${runOf(turn)}/stream`;
      for (const from of [0, 2, 4]) {
        const again = await (await openStream(stage, path, { starting_after: from })).heard();
        expect(again.messages).toEqual(turn.messages.slice(from));
        expect(again.done).toBe(true);
      }
      expect(await stage.sdk.runs.retrieve(runOf(turn))).toMatchObject({ background: true, status: "completed" });
    },
  ),

  withRedis(
    "a background run is heard while it works: by its id, its conversation and its otid",
    "background needs Redis",
    async (stage) => {
      const agent = await stage.agent();
      const hear = async () => {
        const conversation = await stage.conversation(agent);
        const otid = crypto.randomUUID();
        const messages = [user("PACE:0.15 WORDS:24", { otid })];
        const stream = await openTurn(stage, { agent, conversation, messages, more: { background: true } });
        const run = String((await stream.nextOf("ping"))["run_id"]);
        const opened = await Promise.all([
          openStream(stage, `/v1/runs/${run}/stream`, {}),
          openStream(stage, `/v1/conversations/${conversation}/stream`, {}),
          openStream(stage, `/v1/conversations/${conversation}/stream`, { otid }),
        ]).catch((error: Error) => error);
        const wasAtWork = await isAtWork(stage, run);
        const whole = textOf(await stream.heard());
        if (!wasAtWork) return undefined;
        if (opened instanceof Error) throw opened;
        return { whole, heard: await Promise.all(opened.map(async (one) => textOf(await one.heard()))) };
      };
      const { whole, heard } = await met(hear);
      expect(whole).toStartWith("w1 ");
      expect(whole).toContain("w24");
      expect(heard).toEqual([whole, whole, whole]);
    },
  ),

  withRedis(
    "a background run that fails numbers its error and ends without [DONE]",
    "background needs Redis",
    async (stage) => {
      const turn = await take(stage, { agent: await stage.agent(), text: "FAIL:401", more: { background: true } });
      expect(turn).toMatchObject({ done: false, error: { error_type: "llm_authentication", seq_id: 3 } });
    },
  ),

  withRedis(
    "a cancelled background run ends its streams with cancelled and [DONE]",
    "background needs Redis",
    async (stage) => {
      const agent = await stage.agent();
      const text = "PACE:0.2 WORDS:100";
      const stream = await openTurn(stage, { agent, text, more: { background: true } });
      const run = String((await stream.nextOf("assistant_message"))["run_id"]);
      await stage.call("POST", `/v1/agents/${agent}/messages/cancel`, { run_ids: [run] });
      const turn = await stream.heard();
      expect([stopOf(turn), turn.done]).toEqual(["cancelled", true]);
      const again = await (await openStream(stage, `/v1/runs/${run}/stream`, {})).heard();
      expect(stopOf(again)).toBe("cancelled");
    },
  ),

  withRedis(
    "nothing to hear: 400 without an active run, 404 for an unknown otid",
    "background needs Redis",
    async (stage) => {
      const agent = await stage.agent();
      const path = `/v1/conversations/${await stage.conversation(agent)}/stream`;
      const none = await stage.call("POST", path, {});
      expect([none.status, none.body]).toMatchObject([
        400,
        { detail: expect.stringContaining("No active runs found") },
      ]);
      expect((await stage.call("POST", path, { otid: crypto.randomUUID() })).status).toBe(404);
    },
  ),

  anyServer(
    "a message posted asynchronously makes a run that is polled; its messages are those of the turn",
    async (stage) => {
      const agent = await stage.agent();
      const { status, body } = await stage.call("POST", `/v1/agents/${agent}/messages/async`, { input: "hello" });
      expect(status).toBe(200);
      const { id } = body as { id: string };
      await until(async () => ((await stage.sdk.runs.retrieve(id)).status === "completed" ? true : undefined));
      const messages = (await stage.sdk.runs.messages.list(id)).items;
      expect(messages.map(({ message_type }) => message_type)).toEqual(["user_message", "assistant_message"]);
      expect((await stage.sdk.runs.retrieve(id)) as unknown as Json).toMatchObject({ background: true });
    },
  ),

  anyServer(
    "trap 25: a server killed in mid-run leaves the run running for ever; cancelling it by its id works",
    async (stage) => {
      const agent = await stage.agent();
      const stream = await openTurn(stage, { agent, text: "PACE:0.3 WORDS:100" });
      const run = String((await stream.nextOf("assistant_message"))["run_id"]);
      await stage.kill();
      await stream.heard().catch(() => null);
      await stage.start();
      expect((await stage.sdk.runs.retrieve(run)).status).toBe("running");
      expect((await stage.sdk.runs.messages.list(run)).items).toEqual([]);
      // The lock of a killed server lasts five minutes where there is one: another conversation shows that the agent works.
      const conversation = await stage.conversation(agent);
      expect(stopOf(await take(stage, { agent, conversation, text: "next" }))).toBe("end_turn");
      expect((await stage.sdk.runs.retrieve(run)).status).toBe("running");
      const cancel = await stage.call("POST", `/v1/agents/${agent}/messages/cancel`, { run_ids: [run] });
      expect(cancel.body).toEqual({ [run]: "cancelled" });
      expect((await stage.sdk.runs.retrieve(run)).status).toBe("cancelled");
    },
  ),
];
