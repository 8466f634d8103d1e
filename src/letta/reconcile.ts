/**
 * Looks for a post whose fate is unknown. Reads only; what to do about the finding is the engine's business.
 *
 * Facts this rests on, all seen on a real server: a user message cannot be read while its run works; runs of the default
 * conversation carry no conversation id; a cancelled or failed run leaves no user message; an approval is found by its
 * tool call ids, because the history keeps no `otid` for it.
 */
import type { Frame, PostMessage, RunInfo, Target, Upstream } from "./upstream.ts";

export type LostPost = {
  readonly target: Target;
  readonly messages: readonly PostMessage[];
  /** The run, if it became known before the connection was lost. */
  readonly runId: string | null;
  /** Newest run of the agent before the post. */
  readonly runBefore: string | null;
};

export type Finding =
  /** Our run, and what it has left in the history so far. */
  | { readonly kind: "found"; readonly run: RunInfo; readonly frames: readonly Frame[] }
  /** A run of this conversation is at work and may be ours; its messages will tell. */
  | { readonly kind: "candidate"; readonly run: RunInfo; readonly frames: readonly Frame[] }
  /** No trace of the post in anything the server lists. */
  | { readonly kind: "nothing" };

/** Whether these frames of a history show that the post arrived. */
export const showsPost = (frames: readonly Frame[], messages: readonly PostMessage[]): boolean => {
  const otids = new Set(messages.map((message) => message.otid));
  const calls = new Set(
    messages.flatMap((message) => ("approvals" in message ? message.approvals.map((one) => one.tool_call_id) : [])),
  );
  return frames.some(
    (frame) =>
      (frame.type === "user" && frame.otid !== null && otids.has(frame.otid)) ||
      (frame.type === "approval_response" && frame.ids.some((id) => calls.has(id))),
  );
};

const isWorking = (run: RunInfo): boolean => run.status === "running" || run.status === "created";

/** One look. `isForeign` says that a run is known to belong to another post. */
export const findPost = async (
  upstream: Upstream,
  post: LostPost,
  isForeign: (runId: string) => boolean,
  abort: AbortSignal,
): Promise<Finding> => {
  if (post.runId !== null) {
    const run = await upstream.run(post.runId, abort);
    return { kind: "found", run, frames: await upstream.runFrames(post.runId, abort) };
  }
  const conversation = post.target.conversation === "default" ? null : post.target.conversation;
  const runs = await upstream.runsSince(post.target.agent, post.runBefore, abort);
  let candidate: Finding | undefined;
  for (const run of runs) {
    if (run.conversation !== conversation || isForeign(run.id)) continue;
    const frames = await upstream.runFrames(run.id, abort);
    if (showsPost(frames, post.messages)) return { kind: "found", run, frames };
    if (isWorking(run)) candidate ??= { kind: "candidate", run, frames };
  }
  return candidate ?? { kind: "nothing" };
};
