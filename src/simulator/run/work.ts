import type { Completion, Utterance } from "../agent/completion.ts";
import type { Prompt } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { PendingApproval } from "../store/approvals.ts";
import type { StoredMessage } from "../store/messages.ts";
import type { Step } from "../store/steps.ts";
import { newId } from "../wire/ids.ts";
import { type Origin, postedMessage, type ToolCall, toolReturnMessage, type WireMessage } from "../wire/messages.ts";
import { storedContent } from "../wire/post.ts";
import { ask, isScripted, type Question } from "./brain.ts";
import { compact } from "./compact.ts";
import { enter, type Entrance, type Entry } from "./enter.ts";
import type { Outcome } from "./outcome.ts";
import { providerBroke, providerFailed } from "./provider.ts";
import { callOf, speakCalls, speakText } from "./speak.ts";
import { mustWait, runTool, toolsFor } from "./tools.ts";
import { addUsage, noUsage, usageOf } from "./usage.ts";
import type { Voice } from "./voice.ts";

/**
 * The agent loop: ask the model, execute its calls, ask again, until it answers or must wait. Each finished step is
 * stored as a whole, the posted messages with the first one, so that a run that fails or is cancelled in its first step
 * leaves nothing behind. The last step is not stored here but handed to `finish`, to be one commit with the run's end.
 */

export type Ending = {
  readonly outcome: Outcome;
  readonly last: readonly StoredMessage[];
  /** The calls that wait for an answer now. */
  readonly pending: PendingApproval | null;
  /** A name the agent learned. */
  readonly learned: string | null;
  /** The newest message when the run read its context: what others added since is lost to it. */
  readonly contextFrom: number;
  readonly steps: readonly Step[];
};

/** What was posted belongs to the first step. */
const openingRows = ({ opening }: Entry, origin: Omit<Origin, "messageId">): readonly StoredMessage[] =>
  opening.map((message) => ({
    role: message.role,
    parts: [
      postedMessage(
        { ...origin, messageId: newId("message") },
        { ...message, content: storedContent(message.content) },
      ),
    ],
  }));

/** Several calls of one turn are made only if the agent may; in deltas the others were said already. */
const callsIn = ({ store }: Simulation, agentId: string, said: Utterance): readonly ToolCall[] => {
  const settings = store.agents.find(agentId)?.fields["model_settings"] as
    { parallel_tool_calls?: unknown } | undefined;
  return (settings?.parallel_tool_calls === true ? said.calls : said.calls.slice(0, 1)).map(callOf);
};

/** The provider's word for a context that does not fit. */
const tooLarge = 413;

/** Asks the model. A context that does not fit is compacted, which the client hears of, and the model is asked again. */
const think = (simulation: Simulation, voice: Voice, runId: string, question: Question): Completion => {
  const said = ask(simulation, question);
  if (said.kind !== "refusal" || said.status !== tooLarge) return said;
  const compacted = compact(simulation, question.where, true);
  if (compacted === null) return said;
  const { message } = compacted;
  voice.say({ ...message, run_id: runId, otid: message.id.slice("message-".length) });
  return ask(simulation, question);
};

const stopReasonOf = (said: Utterance) => (said.ending === "length" ? "max_tokens_exceeded" : "end_turn");

export const work = async (simulation: Simulation, entrance: Entrance, voice: Voice): Promise<Ending> => {
  const { store, now, wordMs } = simulation;
  const { where, runId, post } = entrance;
  const shown: WireMessage[] = [];
  const steps: Step[] = [];
  const contextFrom = store.messages.newestN();
  const end = (outcome: Outcome, more: Partial<Ending> = {}): Ending => ({
    outcome,
    last: [],
    pending: null,
    learned: null,
    contextFrom,
    steps,
    ...more,
  });
  const entry = enter(simulation, entrance);
  if (entry.kind === "failure") return end({ kind: "failed", failure: entry, messages: [] });
  if (entry.returned !== null) {
    shown.push(entry.returned);
    // Among deltas the server does not repeat what the client decided: a denial, or a result of its own.
    if (voice.mode !== "tokens" || entry.returned.name !== null) voice.say(entry.returned);
  }

  const scripted = isScripted(simulation, where.agentId, post);
  const streams = voice.mode === "tokens";
  const tools = toolsFor(simulation, where.agentId, post);
  let usage = noUsage;
  let prompt: Prompt = entry.prompt;
  let stepId = newId("step");
  let fresh = openingRows(entry, { stepId, runId, at: now() });
  for (;;) {
    const question = { where, post, prompt, fresh, tools, streams };
    const said = think(simulation, voice, runId, question);
    if (said.kind === "refusal") {
      return end({ kind: "failed", failure: providerFailed(said.status, said.words), messages: shown });
    }
    const origin: Origin = { messageId: newId("message"), stepId, runId, at: now() };
    const texts = await speakText(voice, origin, said, wordMs);
    if (voice.abort.aborted) return end({ kind: "stopped", messages: shown });
    if (said.ending === "broken") return end({ kind: "failed", failure: providerBroke, messages: shown });
    const calls = callsIn(simulation, where.agentId, said);
    const waits = calls.some(({ name }) => mustWait(simulation, where.agentId, post, name));
    const parts = calls.length === 0 ? texts : [...texts, speakCalls(voice, origin, texts.length, calls, waits)];
    shown.push(...parts);
    const cost = usageOf(said, parts, scripted);
    usage = addUsage(usage, cost);
    steps.push({ id: stepId, run_id: runId, promptTokens: cost.promptTokens, completionTokens: cost.completionTokens });

    if (calls.length === 0) {
      const stopReason = streams ? "end_turn" : stopReasonOf(said);
      const last: readonly StoredMessage[] = [...fresh, { role: "assistant", parts }];
      return end({ kind: "done", stopReason, messages: shown, usage }, { last, learned: said.learned });
    }
    if (waits) {
      const request = parts.at(-1);
      return end(
        { kind: "done", stopReason: "requires_approval", messages: shown, usage },
        {
          last: [...fresh, { role: "approval", parts }],
          pending:
            request === undefined
              ? null
              : { request: { ...request, tool_calls: calls, step_id: stepId }, tail: said.tail },
        },
      );
    }
    const results = calls.map((call) => ({ callId: call.tool_call_id, ...runTool(simulation, where, call) }));
    const name = calls[0]?.name ?? "";
    const returned = toolReturnMessage({ ...origin, messageId: newId("message") }, name, results);
    voice.say(returned);
    shown.push(returned);
    const step: readonly StoredMessage[] = [
      ...fresh,
      { role: "assistant", parts },
      { role: "tool", parts: [returned] },
    ];
    if (usage.steps >= post.maxSteps) {
      return end({ kind: "done", stopReason: "max_steps", messages: shown, usage }, { last: step });
    }
    store.commit(() => {
      store.messages.append(where, step);
      store.messages.overwriteContext(where, runId, contextFrom);
    });
    fresh = [];
    stepId = newId("step");
    prompt = { kind: "result", result: { tool: name, verdict: "done", text: results[0]?.text ?? "", tail: said.tail } };
    await voice.breathe();
  }
};
