/** Our own adapter on the same servers: what the engine will see. */
import { expect } from "bun:test";
import type { Frame, PostMessage, Target } from "../../../src/letta/upstream.ts";
import { findPost } from "../../../src/letta/reconcile.ts";
import { isAtWork, met } from "./at-work.ts";
import { anyServer, type Case, withoutRedis, withRedis } from "./case.ts";
import { type Stage, unique } from "./stage.ts";

const said = (text: string): PostMessage => ({
  role: "user",
  content: [{ type: "text", text }],
  otid: crypto.randomUUID(),
});

const later = () => new AbortController().signal;

const hear = async (frames: AsyncIterable<Frame>): Promise<readonly Frame[]> => {
  const heard: Frame[] = [];
  for await (const frame of frames) heard.push(frame);
  return heard;
};

const send = (stage: Stage, target: Target, messages: readonly PostMessage[], background = false) =>
  hear(stage.upstream.send(target, messages, { background, abort: later() }));

const textOf = (frames: readonly Frame[]): string =>
  frames.flatMap((frame) => (frame.type === "text" ? [frame.text] : [])).join("");

const runOf = (frames: readonly Frame[]): string => frames.find((frame) => frame.type === "run")?.runId ?? "";

const approvable = async (stage: Stage): Promise<Target> => {
  const agent = await stage.agent({ memory_blocks: [{ label: "human", value: "" }] });
  await stage.call("PATCH", `/v1/agents/${agent}/tools/approval/memory_insert`, { requires_approval: true });
  return { agent, conversation: await stage.upstream.createConversation(agent, later()) };
};

const insert = 'CALL:memory_insert {"label":"human","new_string":"tea"}';

export const adapter: readonly Case[] = [
  anyServer("health, check, and agents by name", async (stage) => {
    const name = unique("Adapter ");
    const agent = await stage.agent({ name });
    expect((await stage.upstream.health(later())).version).toBe("0.16.7");
    await stage.upstream.check(later());
    expect(await stage.upstream.listAgents({ name }, later())).toEqual([{ id: agent, name }]);
    expect(await stage.upstream.retrieveAgent(agent, later())).toEqual({ id: agent, name });
    const missing = "agent-00000000-0000-4000-8000-00000000abcd";
    await expect(stage.upstream.retrieveAgent(missing, later())).rejects.toMatchObject({ code: "letta_agent_missing" });
  }),

  anyServer("a new agent is given a model by itself", async (stage) => {
    const made = await stage.upstream.createAgent(unique("Made "), later());
    expect(textOf(await send(stage, { agent: made.id, conversation: "default" }, [said("hello")]))).not.toBe("");
  }),

  anyServer("a turn: run first, then text, stop, usage", async (stage) => {
    const agent = await stage.agent();
    for (const conversation of ["default", await stage.upstream.createConversation(agent, later())]) {
      const frames = await send(stage, { agent, conversation }, [said("hello")]);
      const types = frames.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
      expect(types).toEqual(["run", "ping", "text", "stop", "usage"]);
      expect(textOf(frames)).toBe("Echo: hello");
    }
  }),

  anyServer("a run is read back: its state, its messages, the runs since another", async (stage) => {
    const target = { agent: await stage.agent(), conversation: "default" };
    const first = runOf(await send(stage, target, [said("one")]));
    const message = said("two");
    const second = runOf(await send(stage, target, [message]));
    expect(await stage.upstream.run(second, later())).toEqual({
      id: second,
      status: "completed",
      conversation: null,
      stopReason: "end_turn",
    });
    const frames = await stage.upstream.runFrames(second, later());
    expect(frames.map(({ type }) => type)).toEqual(["user", "text"]);
    expect(frames[0]).toMatchObject({ otid: message.otid });
    expect((await stage.upstream.runsSince(target.agent, first, later())).map(({ id }) => id)).toEqual([second]);
    expect(await stage.upstream.newestRun(target.agent, later())).toBe(second);
  }),

  anyServer("a lost post is found by its otid, with and without its run", async (stage) => {
    const target = { agent: await stage.agent(), conversation: "default" };
    const before = runOf(await send(stage, target, [said("before")]));
    const message = said("lost");
    const run = runOf(await send(stage, target, [message]));
    for (const runId of [run, null]) {
      const post = { target, messages: [message], runId, runBefore: before };
      expect(await findPost(stage.upstream, post, () => false, later())).toMatchObject({
        kind: "found",
        run: { id: run },
      });
    }
    const never = { target, messages: [said("never")], runId: null, runBefore: run };
    expect(await findPost(stage.upstream, never, () => false, later())).toEqual({ kind: "nothing" });
  }),

  anyServer("an open approval is seen, blocks, is answered, and is found again by its call", async (stage) => {
    const target = await approvable(stage);
    const asked = await send(stage, target, [said(insert)]);
    const open = await stage.upstream.openApprovals(target, later());
    expect(open).toHaveLength(1);
    expect(asked.find(({ type }) => type === "approval_request")).toMatchObject({ id: open[0] });
    await expect(send(stage, target, [said("hello?")])).rejects.toMatchObject({ code: "letta_awaiting_approval" });
    expect(await stage.upstream.cancel(target, runOf(asked), later())).toBe(false);
    const approvals = open.map((tool_call_id) => ({ type: "approval", tool_call_id, approve: true }) as const);
    const answer: PostMessage = { type: "approval", approvals, otid: crypto.randomUUID() };
    const frames = await send(stage, target, [answer]);
    expect(frames.find(({ type }) => type === "tool_return")).toMatchObject({ id: open[0], ok: true });
    expect(await stage.upstream.openApprovals(target, later())).toEqual([]);
    const post = { target, messages: [answer], runId: null, runBefore: runOf(asked) };
    expect(await findPost(stage.upstream, post, () => false, later())).toMatchObject({ kind: "found" });
  }),

  anyServer("a failing model ends the turn with an error that has a type", async (stage) => {
    const target = { agent: await stage.agent(), conversation: "default" };
    const frames = await send(stage, target, [said("FAIL:401")]);
    expect(frames.slice(-2)).toMatchObject([
      { type: "stop", reason: "llm_api_error" },
      { type: "error", errorType: "llm_authentication" },
    ]);
    const broken = await send(stage, target, [said("BREAK and more")]);
    expect(broken.slice(-3)).toMatchObject([
      { type: "stop" },
      { type: "stop" },
      { type: "error", errorType: "internal_error" },
    ]);
  }),

  anyServer("cancelling a run at work answers true and its stream says cancelled", async (stage) => {
    const agent = await stage.agent();
    const target = { agent, conversation: await stage.upstream.createConversation(agent, later()) };
    const frames: Frame[] = [];
    for await (const frame of stage.upstream.send(target, [said("PACE:0.2 WORDS:50")], {
      background: false,
      abort: later(),
    })) {
      frames.push(frame);
      if (frame.type === "text" && frames.filter(({ type }) => type === "text").length === 1)
        expect(await stage.upstream.cancel(target, runOf(frames), later())).toBe(true);
    }
    expect(frames.at(-1)).toMatchObject({ type: "stop", reason: "cancelled" });
    expect(await stage.upstream.cancel(target, runOf(frames), later())).toBe(false);
  }),

  withRedis(
    "busy is told with the run at work; background resumes after a sequence number",
    "needs Redis",
    async (stage) => {
      const agent = await stage.agent();
      const target = { agent, conversation: await stage.upstream.createConversation(agent, later()) };
      const { heard, refusal } = await met(async () => {
        const working = stage.upstream.send(target, [said("PACE:0.15 WORDS:8")], { background: true, abort: later() });
        const frames: Frame[] = [];
        let fault: unknown;
        let isLate = false;
        for await (const frame of working) {
          frames.push(frame);
          if (frame.type !== "text" || frames.filter(({ type }) => type === "text").length > 1) continue;
          fault = await send(stage, target, [said("beside")]).catch((error: unknown) => error);
          isLate = !(fault instanceof Error) && !(await isAtWork(stage, runOf(frames)));
        }
        return isLate ? undefined : { heard: frames, refusal: fault };
      });
      expect(refusal).toMatchObject({ code: "letta_busy", runId: runOf(heard) });
      const again = await hear(stage.upstream.resume(runOf(heard), 3, later()));
      expect(textOf(heard)).toEndWith(textOf(again));
      expect(textOf(again)).not.toBe(textOf(heard));
    },
  ),

  withoutRedis("background without Redis is told as such, and nothing ran", "with Redis it works", async (stage) => {
    const target = { agent: await stage.agent(), conversation: "default" };
    await expect(send(stage, target, [said("x")], true)).rejects.toMatchObject({ code: "letta_no_background" });
  }),

  anyServer("what is missing is named: the agent or the conversation", async (stage) => {
    const agent = await stage.agent();
    const missing = "00000000-0000-4000-8000-00000000abcd";
    await expect(send(stage, { agent, conversation: `conv-${missing}` }, [said("x")])).rejects.toMatchObject({
      code: "letta_conversation_missing",
    });
    await expect(
      send(stage, { agent: `agent-${missing}`, conversation: "default" }, [said("x")]),
    ).rejects.toMatchObject({
      code: "letta_agent_missing",
    });
  }),
];
