/** What the official SDK makes of a server when nobody tells it otherwise. */
import { expect } from "bun:test";
import Letta, { APIError, APIConnectionTimeoutError } from "@letta-ai/letta-client";
import { met } from "./at-work.ts";
import { anyServer, type Case } from "./case.ts";
import { type Stage, until } from "./stage.ts";

type Run = { readonly id: string; readonly status: string };

const runsOf = async (stage: Stage, agent: string): Promise<readonly Run[]> =>
  (await stage.call("GET", `/v1/runs/?agent_id=${agent}`)).body as Run[];

const thrownBy = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return error;
  }
};

export const sdk: readonly Case[] = [
  anyServer(
    "trap 1: with its usual retries a post that times out is made three times, and runs three times",
    async (stage) => {
      // Long enough to begin the run, and shorter than the run.
      const eager = new Letta({ baseURL: stage.url, apiKey: null, timeout: 2_000 * stage.pace, logLevel: "off" });
      const made = await met(async () => {
        const agent = await stage.agent();
        const thrown = await thrownBy(() => eager.agents.messages.create(agent, { input: "PACE:4 hello" }));
        expect(thrown).toBeInstanceOf(APIConnectionTimeoutError);
        const runs = await until(async () => {
          const all = await runsOf(stage, agent);
          return all.every(({ status }) => status === "completed") ? all : undefined;
        });
        // A post that timed out before a busy machine read it made no run.
        return runs.length < 3 ? undefined : runs;
      });
      expect(made).toHaveLength(3);
    },
  ),

  anyServer("trap 2: a JSON answer sends nothing, not even headers, before the turn is over", async (stage) => {
    const tooEarly = await met(async () => {
      const agent = await stage.agent();
      let answered = false;
      const answer = stage.call("POST", `/v1/agents/${agent}/messages`, { input: "PACE:2 hello" }).then((got) => {
        answered = true;
        return got;
      });
      const seen = await until(async () => {
        // Read first: a run that works when it is looked at worked then as well.
        const early = answered;
        const [run] = await runsOf(stage, agent);
        return run && { early, inTime: run.status !== "completed" };
      });
      expect((await answer).status).toBe(200);
      return seen.inTime ? seen.early : undefined;
    });
    expect(tooEarly).toBe(false);
  }),

  anyServer("trap 6: a server that dies in mid-stream is a plain TypeError and no error of the SDK", async (stage) => {
    const agent_id = await stage.agent();
    const stream = await stage.sdk.conversations.messages.create("default", {
      agent_id,
      input: "PACE:0.3 WORDS:100",
      stream_tokens: true,
    });
    const thrown = await thrownBy(async () => {
      for await (const { message_type } of stream) if (message_type === "assistant_message") await stage.kill();
      return "ended";
    });
    await stage.start();
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).not.toBeInstanceOf(APIError);
  }),
];
