/**
 * The port to a Letta server. `v1.ts` implements it for Letta Cloud and self-hosted V1 servers. Everything here throws
 * `Fault` with a `letta_…` or `provider_…` code; the verdict in the catalogue says what the failure proves. An aborted
 * call throws the abort's reason if that is a `Fault`; otherwise a post or a change is `letta_cut` and a read may be
 * repeated. Of reads, `letta_unreachable` alone says that nobody answers at that address.
 */

export type ContentPart =
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "image";
      readonly source: { readonly type: "base64"; readonly media_type: string; readonly data: string };
    };

/** One message of a post, frozen before any byte leaves. `otid` is a fresh UUIDv4 and never changes. */
export type ChatMessage = {
  readonly role: "user" | "system";
  readonly content: readonly ContentPart[];
  readonly otid: string;
};

/** What becomes of a tool call that needs approval. */
export type CallDecision = {
  readonly type: "approval";
  readonly tool_call_id: string;
  readonly approve: boolean;
  readonly reason?: string;
};

/** What came of a tool call that was ours to execute. */
export type CallResult = {
  readonly type: "tool";
  readonly tool_call_id: string;
  readonly status: "success" | "error";
  readonly tool_return: string;
};

/** Answers to the tool calls that wait: all of them in one message, whatever their kind (letta-api §2.12). */
export type ApprovalMessage = {
  readonly type: "approval";
  readonly approvals: readonly (CallDecision | CallResult)[];
  readonly otid: string;
};

export type PostMessage = ChatMessage | ApprovalMessage;

/** Where a post goes: `conversation` is `default` or a `conv-…` id. */
export type Target = { readonly agent: string; readonly conversation: string };

export type AgentInfo = { readonly id: string; readonly name: string };

export type RunStatus = "created" | "running" | "completed" | "failed" | "cancelled";

export type RunInfo = {
  readonly id: string;
  readonly status: RunStatus;
  /** `null` is the agent's default conversation (letta-api §0.21). */
  readonly conversation: string | null;
  readonly stopReason: string | null;
};

/**
 * What a stream or a run's history says, one Letta message or delta at a time. In token mode `text`, `reasoning` and
 * `tool_call` arrive in many pieces; in step mode and in histories each is whole. `seq` is set in background mode.
 */
export type Frame = { readonly seq?: number } & (
  | { readonly type: "run"; readonly runId: string }
  | { readonly type: "text"; readonly otid: string; readonly text: string }
  | { readonly type: "reasoning"; readonly otid: string; readonly text: string }
  | { readonly type: "tool_call"; readonly id: string; readonly name: string; readonly arguments: string }
  | {
      readonly type: "tool_return";
      readonly id: string;
      readonly name: string;
      readonly ok: boolean;
      readonly text: string;
    }
  | { readonly type: "approval_request"; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: "user"; readonly otid: string | null }
  | { readonly type: "approval_response"; readonly ids: readonly string[] }
  | { readonly type: "stop"; readonly reason: string }
  | { readonly type: "usage"; readonly promptTokens: number; readonly completionTokens: number; readonly steps: number }
  /** `message` is the server's own and may quote internals: `faultFromProvider` has words for people. */
  | { readonly type: "error"; readonly errorType: string; readonly message: string; readonly runId: string | null }
  | { readonly type: "ping" }
);

/** A tool that is executed here: the agent's call of it waits for our result, and the server forgets it with the request. */
export type ClientTool = {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** A block of memory that belongs to no agent. It is empty at first. */
export type NewBlock = {
  readonly label: string;
  readonly description: string;
  /** Characters; binds the agents' own tools and nobody else. */
  readonly limit: number;
};

export type SendOptions = {
  /** Ask for background mode: chunks are kept by the server and can be resumed by sequence. */
  readonly background: boolean;
  readonly abort: AbortSignal;
  /** Offered in this request, beside the agent's own. */
  readonly tools?: readonly ClientTool[];
};

export type Upstream = {
  /** Normalised base URL: the identity of the server in lanes and conversations. */
  readonly server: string;
  /** Reachability only; proves nothing about the key. */
  health(abort: AbortSignal): Promise<{ readonly version: string }>;
  /** Whether the key is accepted; `letta_rejected` or `letta_unpaid` if not. */
  check(abort: AbortSignal): Promise<void>;
  /** All agents, or those of exactly this name; at most 50 pages. */
  listAgents(options: { readonly name?: string }, abort: AbortSignal): Promise<readonly AgentInfo[]>;
  /** `letta_agent_missing` if there is none. */
  retrieveAgent(id: string, abort: AbortSignal): Promise<AgentInfo>;
  createAgent(name: string, abort: AbortSignal): Promise<AgentInfo>;
  /**
   * The agent of this name, which is a copy of `source` without anything that was said to it: same instructions, model,
   * tools and blocks, but for what stands in the block `human`. Made if there is none of that name, so that asking again
   * after a lost answer makes no second one.
   */
  copyAgent(source: string, name: string, abort: AbortSignal): Promise<AgentInfo>;
  /** A new conversation of the agent; answers its `conv-…` id. */
  createConversation(agent: string, abort: AbortSignal): Promise<string>;
  /**
   * Posts messages and streams what happens; no byte leaves before the first frame is asked for. Never retried here.
   * Throws when the server refused: before the first frame, but `letta_awaiting_approval` may follow a `run` and a `ping`.
   * Throws `letta_cut` when the stream ended without a stop reason. Ends after `stop` and what follows it (`usage`,
   * another `stop`, an `error`), or with an `error` alone.
   */
  send(target: Target, messages: readonly PostMessage[], options: SendOptions): AsyncIterable<Frame>;
  /** Continues a background run after `seq`. `letta_refused` when it cannot be resumed: poll `run` instead. */
  resume(runId: string, after: number, abort: AbortSignal): AsyncIterable<Frame>;
  run(runId: string, abort: AbortSignal): Promise<RunInfo>;
  /** The messages of a run in order of time, whole, with `user` frames naming their `otid`. Bounded to 50 pages. */
  runFrames(runId: string, abort: AbortSignal): Promise<readonly Frame[]>;
  /** Tool calls of this conversation that wait for approval now. */
  openApprovals(target: Target, abort: AbortSignal): Promise<readonly string[]>;
  /** Runs of an agent, newest first, down to but without `after` (all when null), at most 50 pages. */
  runsSince(agent: string, after: string | null, abort: AbortSignal): Promise<readonly RunInfo[]>;
  /**
   * Replaces older messages of the conversation by a summary, as the agent is set up to; the history keeps them. Answers
   * how many messages the model is shown before and after, its instructions included; null when too few are there. May
   * take minutes.
   */
  compact(target: Target, abort: AbortSignal): Promise<{ readonly before: number; readonly after: number } | null>;
  /** The agent's newest run, or null. */
  newestRun(agent: string, abort: AbortSignal): Promise<string | null>;
  /** Cancels one run by id; answers false when it is not at work: it has ended, or waits for an approval. */
  cancel(target: Target, runId: string, abort: AbortSignal): Promise<boolean>;
  /** Makes a block; answers its `block-…` id. */
  createBlock(block: NewBlock, abort: AbortSignal): Promise<string>;
  /** What stands in a block; null when there is none of this id (any more). */
  readBlock(id: string, abort: AbortSignal): Promise<string | null>;
  /** Replaces what stands in a block; false when there is none of this id (any more). */
  writeBlock(id: string, text: string, abort: AbortSignal): Promise<boolean>;
  /** The identity of type `user` with this key, found or made, under this name; answers its id. */
  ensureIdentity(person: { readonly key: string; readonly name: string }, abort: AbortSignal): Promise<string>;
  /** Lists a block as one of an identity's; twice is once. */
  attachIdentity(block: string, identity: string, abort: AbortSignal): Promise<void>;
};
