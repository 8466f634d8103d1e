import type { Simulation } from "../simulation.ts";
import type { RequestEntry } from "../store/requests.ts";
import type { RunType } from "../store/runs.ts";
import { pingFrame, stopMessage, usageMessage } from "../wire/frames.ts";
import { newId } from "../wire/ids.ts";
import type { Post } from "../wire/post.ts";
import { finish, type Finishing } from "./finish.ts";
import type { LiveRun } from "./live.ts";
import { broken, type Outcome } from "./outcome.ts";
import { createTape } from "./tape.ts";
import { voiceOf } from "./voice.ts";
import { type Ending, work } from "./work.ts";

/** From an accepted post to a run at work. */

export type Accepted = {
  readonly post: Post;
  readonly agentId: string;
  /** Null is the default conversation. */
  readonly conversationId: string | null;
  readonly lock: string | null;
  readonly runType: RunType;
  readonly agentsRoute: boolean;
  /** Whether nobody waits for the answer. */
  readonly asynchronous?: boolean;
  /** What a repeated post is known by. */
  readonly otids: readonly string[];
  readonly entry: RequestEntry;
};

export type Started = { readonly run: LiveRun; readonly outcome: Promise<Outcome> };

const sweepEvery = 256;

/** Before the first byte of any answer: the request, its run, and which run its otids belong to. */
const record = ({ store, now }: Simulation, accepted: Accepted, run: LiveRun): void => {
  const { post, agentId, conversationId, runType, agentsRoute, otids, entry } = accepted;
  // A JSON answer of a conversations route makes a run that knows no conversation and is never settled (seen in 0.16.7).
  const lost = !post.streaming && !agentsRoute;
  const at = now();
  store.commit(() => {
    const n = store.requests.insert({ ...entry, runId: run.id });
    store.runs.insert({
      id: run.id,
      agentId,
      conversationId: lost ? null : conversationId,
      status: post.streaming ? "running" : "created",
      background: run.background || accepted.asynchronous === true,
      runType,
      stopReason: null,
      error: null,
      createdAt: at,
      completedAt: null,
    });
    store.otids.remember(otids, run.id, at);
    if (conversationId !== null) store.conversations.touch(conversationId, at);
    if (n % sweepEvery === 0) {
      store.otids.forget(at);
      store.tapes.forget(at);
    }
  });
};

/**
 * Never rejects: a run that breaks ends as failed, and one whose end cannot be stored is cut like a killed one. Why is lost,
 * as it is to whoever asks a real server: the words of an error may quote what somebody wrote.
 */
const drive = async (simulation: Simulation, finishing: Finishing, working: Promise<Ending>): Promise<Outcome> => {
  const { run } = finishing;
  const failed: Ending = {
    outcome: { kind: "failed", failure: broken, messages: [] },
    last: [],
    pending: null,
    learned: null,
    contextFrom: 0,
    steps: [],
  };
  const ending = await working.catch(() => (run.stop.signal.aborted ? null : failed));
  if (ending === null) return { kind: "stopped", messages: [] };
  try {
    finish(simulation, finishing, ending);
  } catch {
    simulation.live.remove(run);
    run.tape.cut();
    return failed.outcome;
  }
  return ending.outcome;
};

export const startRun = (simulation: Simulation, accepted: Accepted): Started => {
  const { live, now } = simulation;
  const { post, agentId, conversationId, lock, agentsRoute } = accepted;
  const run: LiveRun = {
    id: newId("run"),
    agentId,
    conversationId,
    lock,
    background: post.streaming && post.background,
    tape: createTape(post.streaming && post.background),
    stop: new AbortController(),
  };
  record(simulation, accepted, run);
  live.add(run);
  if (post.streaming && post.pings) run.tape.append(pingFrame(run.id, now(), run.background ? 1 : null));
  const mode = !post.streaming ? "json" : post.tokens ? "tokens" : "steps";
  const where = { agentId, conversationId };
  const finishing = { run, where, mode, agentsRoute } as const;
  const working = work(simulation, { where, runId: run.id, post, agentsRoute }, voiceOf(run, mode, post.types, now));
  return { run, outcome: drive(simulation, finishing, working) };
};

/** A run's outcome as a JSON answer. */
export const jsonOutcome = (outcome: Outcome): Response => {
  if (outcome.kind === "failed")
    return Response.json(outcome.failure.json.body, { status: outcome.failure.json.status });
  const usage =
    outcome.kind === "done" ? outcome.usage : { steps: 0, promptTokens: 0, completionTokens: 0, contextTokens: 0 };
  return Response.json({
    messages: outcome.messages,
    stop_reason: stopMessage(outcome.kind === "done" ? outcome.stopReason : "cancelled"),
    usage: usageMessage(usage, false),
    logprobs: null,
    turns: null,
  });
};
