/** What is known of people travels in a post, is kept in a block, and is changed by a tool that we execute. */
import { expect } from "bun:test";
import type { ClientTool, Frame, PostMessage, Target } from "../../../src/letta/upstream.ts";
import { findPost } from "../../../src/letta/reconcile.ts";
import { anyServer, type Case } from "./case.ts";
import { listed } from "./history-rows.ts";
import { type Json, type Stage, unique, until } from "./stage.ts";

const later = () => new AbortController().signal;

const message = (role: "user" | "system", text: string): PostMessage => ({
  role,
  content: [{ type: "text", text }],
  otid: crypto.randomUUID(),
});

const tool: ClientTool = {
  name: "keep",
  description: "Keeps a text.",
  parameters: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
};

type Sending = { readonly tools?: readonly ClientTool[]; readonly onFrame?: (frame: Frame) => Promise<void> };

const send = async (
  stage: Stage,
  target: Target,
  messages: readonly PostMessage[],
  { tools = [tool], onFrame }: Sending = {},
): Promise<readonly Frame[]> => {
  const frames: Frame[] = [];
  for await (const frame of stage.upstream.send(target, messages, { background: false, abort: later(), tools })) {
    frames.push(frame);
    await onFrame?.(frame);
  }
  return frames;
};

const askedIn = (frames: readonly Frame[]) => [
  ...new Map(
    frames.flatMap((frame) => (frame.type === "approval_request" && frame.name !== "" ? [[frame.id, frame.name]] : [])),
  ),
];

const textIn = (frames: readonly Frame[]): string =>
  frames.flatMap((frame) => (frame.type === "text" ? [frame.text] : [])).join("");

const runIn = (frames: readonly Frame[]): string => frames.find((frame) => frame.type === "run")?.runId ?? "";

const result = (tool_call_id: string, tool_return: string) =>
  ({ type: "tool", tool_call_id, status: "success", tool_return }) as const;

const answer = (...approvals: Extract<PostMessage, { type: "approval" }>["approvals"]): PostMessage => ({
  type: "approval",
  approvals,
  otid: crypto.randomUUID(),
});

/** Both places where a conversation can stand. */
const targets = async (stage: Stage): Promise<readonly Target[]> => {
  const agent = await stage.agent();
  return [
    { agent, conversation: "default" },
    { agent, conversation: await stage.upstream.createConversation(agent, later()) },
  ];
};

const call = 'CALL:keep {"text":"tea"}';

export const people: readonly Case[] = [
  anyServer(
    "a system message before the user's in one post reaches the model as such, in this order, and stays",
    async (stage) => {
      for (const target of await targets(stage)) {
        const [note, word] = [unique("note"), unique("word")];
        const messages = [message("system", note), message("user", word)];
        const frames = await send(stage, target, messages);
        expect(textIn(frames)).toBe(`Echo: ${word}`);
        const [asked] = await stage.asked(word);
        expect(asked?.messages.slice(-2)).toMatchObject([{ role: "system" }, { role: "user" }]);
        expect(JSON.stringify(asked?.messages.at(-2))).toContain(note);
        const stored = await listed(stage, target.agent, target.conversation);
        expect(stored.slice(-3)).toMatchObject([
          { message_type: "system_message", content: note, otid: messages[0]?.otid, run_id: runIn(frames) },
          { message_type: "user_message", content: word, otid: messages[1]?.otid },
          { message_type: "assistant_message" },
        ]);
        const next = unique("next");
        await send(stage, target, [message("user", next)]);
        expect(JSON.stringify((await stage.asked(next))[0]?.messages)).toContain(note);
        const post = { target, messages, runId: null, runBefore: null };
        expect(await findPost(stage.upstream, post, () => false, later())).toMatchObject({
          kind: "found",
          run: { id: runIn(frames) },
        });
      }
    },
  ),

  anyServer("a call of our tool waits for its result, which goes on to the model and is found again", async (stage) => {
    for (const target of await targets(stage)) {
      const asked = await send(stage, target, [message("user", call)]);
      expect(asked.at(-2)).toMatchObject({ type: "stop", reason: "requires_approval" });
      const [[id, name] = ["", ""]] = askedIn(asked);
      expect(name).toBe("keep");
      expect(await stage.upstream.openApprovals(target, later())).toEqual([id]);
      const messages = [answer(result(id, "kept: tea"))];
      const told = await send(stage, target, messages);
      expect(textIn(told)).toContain("kept: tea");
      expect(await stage.upstream.openApprovals(target, later())).toEqual([]);
      for (const runId of [runIn(told), null]) {
        const post = { target, messages, runId, runBefore: runIn(asked) };
        const found = await findPost(stage.upstream, post, () => false, later());
        expect(found).toMatchObject({ kind: "found", run: { id: runIn(told), status: "completed" } });
        expect("frames" in found && found.frames).toMatchObject([
          { type: "approval_response", ids: [id] },
          { type: "tool_return", id, ok: true, text: "kept: tea" },
          { type: "text" },
        ]);
      }
    }
  }),

  anyServer(
    "our tool and one that needs approval, called in parallel, are answered in one message and in no other way",
    async (stage) => {
      const agent = await stage.agent({
        memory_blocks: [{ label: "human", value: "" }],
        model_settings: { provider_type: "openai", parallel_tool_calls: true },
      });
      const rule = `/v1/agents/${agent}/tools/approval/conversation_search`;
      await stage.call("PATCH", rule, { requires_approval: true });
      const target = { agent, conversation: await stage.upstream.createConversation(agent, later()) };
      const asked = askedIn(await send(stage, target, [message("user", "CALL2:keep,conversation_search")]));
      expect(asked.map(([, name]) => name)).toEqual(["keep", "conversation_search"]);
      const [kept = "", searched = ""] = asked.map(([id]) => id);
      const half = await send(stage, target, [answer(result(kept, "kept"))]);
      expect(half.at(-1)).toMatchObject({ type: "error", errorType: "internal_error" });
      expect((await stage.upstream.openApprovals(target, later())).toSorted()).toEqual([kept, searched].toSorted());
      const allowed = { type: "approval", tool_call_id: searched, approve: true } as const;
      const told = await send(stage, target, [answer(result(kept, "kept"), allowed)]);
      expect(told.at(-2)).toMatchObject({ type: "stop", reason: "end_turn" });
      expect(await stage.upstream.openApprovals(target, later())).toEqual([]);
    },
  ),

  anyServer(
    "a run that was given our result and is cancelled then has taken it: nothing waits any more",
    async (stage) => {
      // In a conversation of its own: with Redis a cancelled run leaves the lock of the default one behind.
      const agent = await stage.agent();
      const target = { agent, conversation: await stage.upstream.createConversation(agent, later()) };
      const [[id = ""] = []] = askedIn(await send(stage, target, [message("user", call)]));
      const setPace = (pace: number | null) =>
        fetch(`${stage.modelUrl}/mode`, { method: "POST", body: JSON.stringify({ pace }) });
      await setPace(0.3 * stage.pace);
      try {
        let run: string | undefined;
        let cancelled = false;
        const told = await send(stage, target, [answer(result(id, "one two three four five six seven eight"))], {
          onFrame: async (frame) => {
            if (frame.type === "run") run = frame.runId;
            if (frame.type !== "text" || cancelled) return;
            cancelled = await stage.upstream.cancel(target, run ?? "", later());
          },
        });
        expect(told.at(-1)).toMatchObject({ type: "stop", reason: "cancelled" });
      } finally {
        await setPace(null);
      }
      expect(await stage.upstream.openApprovals(target, later())).toEqual([]);
      const next = () => send(stage, target, [message("user", "next")]).catch(() => undefined);
      expect(textIn(await until(next))).toBe("Echo: next");
    },
  ),

  anyServer("a block of its own is made empty, written, read, and missed when it is gone", async (stage) => {
    const label = unique("Persona_telegram_");
    const block = { label, description: "About Ada.", limit: 4_000 };
    const id = await stage.upstream.createBlock(block, later());
    const path = `/v1/blocks/${id}`;
    expect((await stage.call("GET", path)).body).toMatchObject({ label, description: "About Ada.", limit: 4_000 });
    expect(await stage.upstream.readBlock(id, later())).toBe("");
    for (const text of ["likes tea\n& <b>", ""]) {
      expect(await stage.upstream.writeBlock(id, text, later())).toBe(true);
      expect(await stage.upstream.readBlock(id, later())).toBe(text);
    }
    await stage.call("DELETE", path);
    expect(await stage.upstream.readBlock(id, later())).toBeNull();
    expect(await stage.upstream.writeBlock(id, "x", later())).toBe(false);
    expect(await stage.upstream.readBlock("nonsense", later())).toBeNull();
  }),

  anyServer("an identity is made once, renamed, and lists the person's block", async (stage) => {
    const key = unique("telegram::");
    const id = await stage.upstream.ensureIdentity({ key, name: "Ada" }, later());
    expect(await stage.upstream.ensureIdentity({ key, name: "Ada" }, later())).toBe(id);
    expect(await stage.upstream.ensureIdentity({ key, name: "Ada L" }, later())).toBe(id);
    const shown = (await stage.call("GET", `/v1/identities/${id}`)).body as Json;
    expect(shown).toMatchObject({ identifier_key: key, name: "Ada L", identity_type: "user" });
    const block = await stage.upstream.createBlock({ label: "Persona_ada", description: "", limit: 10 }, later());
    for (const _ of [1, 2]) await stage.upstream.attachIdentity(block, id, later());
    expect((await stage.call("GET", `/v1/identities/${id}/blocks`)).body).toMatchObject([{ id: block }]);
  }),
];
