import { complete, runTool } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { PendingApproval } from "../store/approvals.ts";
import type { StoredMessage } from "../store/messages.ts";
import { newId } from "../wire/ids.ts";
import type { Usage } from "../wire/frames.ts";
import { type Origin, postedMessage, toolReturnMessage, type WireMessage } from "../wire/messages.ts";
import { storedContent } from "../wire/post.ts";
import { enter, type Entrance, type Entry } from "./enter.ts";
import { type Outcome, providerFailed } from "./outcome.ts";
import { speakAnswer, speakCall } from "./speak.ts";
import type { Voice } from "./voice.ts";

/**
 * The agent loop: ask the model, execute its calls, ask again, until it answers or must wait. Each finished step is
 * stored as a whole, the posted messages with the first one, so that a run that fails or is cancelled in its first step
 * leaves nothing behind. The last step is not stored here but handed to `finish`, to be one commit with the run's end.
 */

export type Ending = {
  readonly outcome: Outcome;
  readonly last: readonly StoredMessage[];
  /** The call that waits for approval now. */
  readonly pending: PendingApproval | null;
  /** A name the agent learned. */
  readonly learned: string | null;
};

const ending = (outcome: Outcome, more: Partial<Ending> = {}): Ending => ({
  outcome,
  last: [],
  pending: null,
  learned: null,
  ...more,
});

const promptTokens = 100;

const addStep = (usage: Usage, parts: readonly WireMessage[]): Usage => {
  const characters = parts.reduce((sum, { content, tool_call }) => {
    const text = typeof content === "string" ? content : JSON.stringify(tool_call ?? "");
    return sum + text.length;
  }, 0);
  const completion = Math.max(1, Math.ceil(characters / 4));
  return {
    steps: usage.steps + 1,
    promptTokens: usage.promptTokens + promptTokens,
    completionTokens: usage.completionTokens + completion,
    contextTokens: promptTokens + completion,
  };
};

const openingRows = ({ opening }: Entry, origin: Origin): StoredMessage[] =>
  opening.map((message) => ({
    role: message.role,
    parts: [
      postedMessage(
        { ...origin, messageId: newId("message") },
        { ...message, content: storedContent(message.content) },
      ),
    ],
  }));

export const work = async (simulation: Simulation, entrance: Entrance, voice: Voice): Promise<Ending> => {
  const { store, now, wordMs } = simulation;
  const { where, runId } = entrance;
  const entry = enter(simulation, entrance);
  if (entry.kind === "failure") return ending({ kind: "failed", failure: entry, messages: [] });
  const shown: WireMessage[] = [];
  if (entry.returned !== null) {
    shown.push(entry.returned);
    // Among deltas the server does not repeat what the client decided: a denial, or a result of its own.
    if (voice.mode !== "tokens" || entry.returned.name !== null) voice.say(entry.returned);
  }

  let usage: Usage = { steps: 0, promptTokens: 0, completionTokens: 0, contextTokens: 0 };
  let { prompt } = entry;
  for (;;) {
    const completion = complete(prompt);
    if (completion.kind === "failure") {
      return ending({ kind: "failed", failure: providerFailed, messages: shown });
    }
    const origin: Origin = { messageId: newId("message"), stepId: newId("step"), runId, at: now() };
    const opening = usage.steps === 0 ? openingRows(entry, origin) : [];

    if (completion.kind === "answer") {
      const parts = await speakAnswer(voice, origin, completion, wordMs);
      if (voice.abort.aborted) return ending({ kind: "stopped", messages: shown });
      shown.push(...parts);
      usage = addStep(usage, parts);
      const last: readonly StoredMessage[] = [...opening, { role: "assistant", parts }];
      return ending(
        { kind: "done", stopReason: "end_turn", messages: shown, usage },
        { last, learned: completion.learned },
      );
    }

    const { call, tail } = completion;
    const asked = speakCall(voice, origin, call);
    shown.push(asked);
    usage = addStep(usage, [asked]);
    if (call.needsApproval) {
      return ending(
        { kind: "done", stopReason: "requires_approval", messages: shown, usage },
        {
          last: [...opening, { role: "approval", parts: [asked] }],
          pending: { request: { ...asked, step_id: origin.stepId }, tail },
        },
      );
    }
    const text = runTool(call.tool, now());
    const returned = toolReturnMessage(
      { ...origin, messageId: newId("message") },
      call.tool,
      asked.tool_call.tool_call_id,
      { status: "success", text },
    );
    voice.say(returned);
    shown.push(returned);
    store.commit(() =>
      store.messages.append(where, [
        ...opening,
        { role: "assistant", parts: [asked] },
        { role: "tool", parts: [returned] },
      ]),
    );
    prompt = { kind: "result", result: { tool: call.tool, verdict: "done", text, tail } };
  }
};
