/** One stream of a post, from Letta to readers and store. */
import { asFault } from "../errors.ts";
import type { Frame } from "../letta/upstream.ts";
import { createReducer, type TurnPart } from "../letta/reduce.ts";
import type { AskedCall } from "../store/approvals.ts";
import type { Post } from "../store/posts.ts";
import type { Usage } from "../store/turns.ts";
import { createActivity } from "./activity.ts";
import { isOwn } from "./execute.ts";
import type { LiveEvent } from "./live-event.ts";
import { toReply } from "./made-files.ts";
import type { Preview } from "./preview.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

/** How a stream ended, when it ended by itself. */
export type StreamEnd = {
  readonly stopReason: string | undefined;
  readonly error: Extract<Frame, { type: "error" }> | undefined;
  /** Tool calls that wait for approval. */
  readonly asked: readonly AskedCall[];
  readonly runId: string | undefined;
};

const parseArguments = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Models write what they like; the raw text travels beside this.
    return {};
  }
};

const addUsage = (one: Usage | null, other: Usage | undefined): Usage | null => {
  if (one === null || other === undefined) return null;
  const { promptTokens, completionTokens } = other;
  return {
    promptTokens: one.promptTokens + promptTokens,
    completionTokens: one.completionTokens + completionTokens,
  };
};

type Spoken = Extract<TurnPart, { kind: "assistant" | "reasoning" }>;

const isSpoken = (part: TurnPart): part is Spoken => part.kind === "assistant" || part.kind === "reasoning";

/** What its chat sees of it: what the agent says, and where that is wanted what it thinks. */
const isShown = ({ kind }: TurnPart, { shows }: Session): boolean =>
  kind === "assistant" || (kind === "reasoning" && shows.reasoning);

const toEvent = (part: TurnPart, runId: string | undefined, session: Session): LiveEvent => {
  const common = { uuid: part.uuid, ...(runId === undefined ? {} : { runId }) };
  if (isSpoken(part)) return { type: part.kind, content: part.text, ...common };
  if (part.kind === "tool_result") {
    return { type: "tool_result", toolCallId: part.id, content: part.text, isError: !part.ok, ...common };
  }
  const { id, name, arguments: raw } = part;
  return {
    // A call of ours waits for nobody.
    type: isOwn(session, name) ? "tool_call" : part.kind,
    toolCallId: id,
    toolName: name,
    toolInput: parseArguments(raw),
    rawArguments: raw,
    ...common,
  };
};

/**
 * Relays frames to their end: pieces go to readers at once, whole parts are committed in order, with the rows that send
 * them to the chat. Commits do not hold up the pieces behind them, not even that of the run's id: a piece that is shown
 * promises nothing, and a run whose id was lost by a kill is found by its messages. All commits are done when this
 * resolves. `mute` keeps what is said from the user: it answers something they did not ask.
 */
export const relay = async (
  deps: EngineDeps,
  session: Session,
  post: Post,
  frames: AsyncIterable<Frame>,
  options: { readonly mute: boolean; readonly preview: Preview; readonly onRun: (runId: string) => void },
): Promise<StreamEnd> => {
  const { store, live } = deps;
  const { turn } = session;
  const reducer = createReducer();
  const activity = createActivity();
  const asked: AskedCall[] = [];
  let runId = post.runId ?? undefined;
  let stopReason: string | undefined;
  let error: StreamEnd["error"];
  let usage: Usage | undefined;
  let sequence: number | undefined;
  // A stream before this one may have broken in the middle of a message.
  live.sayAnew(turn.id);

  let commits = Promise.resolve();
  let failure: unknown;
  const commit = (write: () => Promise<unknown>): void => {
    commits = commits.then(async () => {
      if (failure !== undefined) return;
      try {
        await write();
      } catch (caught) {
        failure = caught;
      }
    });
  };

  const keep = (part: TurnPart): void => {
    if (part.kind === "approval_request") asked.push({ id: part.id, name: part.name, arguments: part.arguments });
    if (options.mute || session.said.has(part.uuid)) return;
    session.said.add(part.uuid);
    session.seq += 1;
    const { seq } = session;
    const event = { seq, uuid: part.uuid, body: JSON.stringify(toEvent(part, runId, session)) };
    const heard = sequence;
    if (part.kind === "assistant") session.texts.push(part.text);
    // Taken now, not when its commit has its turn: what comes next is shown in a preview of its own.
    const taken = isShown(part, session) ? options.preview.take() : undefined;
    commit(async () => {
      const made = taken && isSpoken(part) ? await toReply(deps, session, part) : undefined;
      const placing = { name: String(seq), replaces: (await taken) ?? null };
      const parts = made ? session.delivery.toParts(made.reply, placing) : [];
      const said = { turn: turn.id, post: post.id, events: [event], parts, files: made?.files ?? [], at: deps.now() };
      const stored = durably(deps, session, () =>
        store.write.recordSaid({ ...said, ...(heard === undefined ? {} : { seq: heard }) }),
      );
      if (parts.length > 0) deps.speaking(turn.chatId);
      await stored;
      live.stir(turn.id);
      if (parts.length === 0) return;
      session.spokeAt = deps.now();
      deps.spoke(turn.chatId);
    });
  };

  /**
   * The words of a background run pass through Redis, which may lose the last ones without a trace. So before the end
   * counts, what the history has of the run is kept; the stream's own words only where it has none.
   */
  const keepStored = async (): Promise<void> => {
    if (!post.background || runId === undefined) return;
    try {
      const stored = createReducer();
      const told = await session.access.upstream.runFrames(runId, session.abort.signal);
      const parts = [...told.flatMap((frame) => stored.push(frame).completed), ...stored.end()];
      for (const part of parts) if (part.kind === "assistant") keep(part);
    } catch (caught) {
      deps.log.info("turn.not-compared", { turn: turn.publicId, fault: asFault(caught) });
    }
  };

  try {
    for await (const frame of frames) {
      if (frame.type === "stop" && stopReason === undefined) await keepStored();
      if (frame.type === "run" && frame.runId !== runId) {
        runId = frame.runId;
        if (!session.runIds.includes(runId)) session.runIds.push(runId);
        const known = runId;
        // First in the chain of commits: nothing durable overtakes it.
        commit(() =>
          durably(deps, session, () => store.write.recordRun({ turn: turn.id, post: post.id, runId: known })),
        );
        options.onRun(runId);
      } else if (frame.type === "stop") stopReason = frame.reason;
      else if (frame.type === "error") error = frame;
      else if (frame.type === "usage") usage = frame;
      const { delta, completed } = reducer.push(frame);
      for (const part of completed) keep(part);
      if (delta && !options.mute && !session.said.has(delta.uuid)) {
        live.say(turn.id, { seq: session.seq + 1, kind: delta.kind, uuid: delta.uuid, text: delta.text });
        if (delta.kind === "assistant") options.preview.show(delta.uuid, delta.text);
      }
      const doing = options.mute ? undefined : activity(frame);
      if (doing !== undefined) options.preview.act(doing);
      // Only now: the part that this frame completed ended with the frame before it.
      if (frame.seq !== undefined) sequence = frame.seq;
    }
    for (const part of reducer.end()) keep(part);
  } finally {
    // However the stream ended: what was whole is stored before anybody decides what to do next.
    await commits;
    // Nor may an edit under way land behind the answer that another stream brings. What is shown waits to be replaced.
    session.previewId = await options.preview.take();
  }
  if (failure !== undefined) throw failure;
  session.usage = addUsage(session.usage, usage);
  return { stopReason, error, asked, runId };
};
