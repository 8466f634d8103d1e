/**
 * The one error class and its catalogue. Code never branches on an error's text: it branches on `code` or on what the
 * catalogue says about it. Messages are for people and carry neither secrets nor message text. This file imports nothing.
 */

/**
 * What a failure says about the work that met it:
 * - `fail`: trying again will not help;
 * - `retry`: proof that nothing happened, so it may be tried again;
 * - `uncertain`: it may have happened; find out before trying again;
 * - `pause`: the account was rejected; nothing of this account helps until its owner acts.
 */
export type Verdict = "fail" | "retry" | "uncertain" | "pause";

type Entry = { readonly status: number; readonly verdict: Verdict; readonly text: string };

const entry = (status: number, verdict: Verdict, text: string): Entry => ({ status, verdict, text });

export const catalogue = {
  // What a caller got wrong.
  bad_request: entry(400, "fail", "The request is not valid."),
  unauthorized: entry(401, "fail", "Unauthorized"),
  forbidden: entry(403, "fail", "This token may not do that."),
  not_found: entry(404, "fail", "Not found"),
  agent_unknown: entry(404, "fail", "Agent not found."),
  method_not_allowed: entry(405, "fail", "Method not allowed"),
  conflict: entry(409, "fail", "The request contradicts an earlier one."),
  body_too_large: entry(413, "fail", "The request body is too large."),
  unsupported_media_type: entry(415, "fail", "The content type or encoding is not supported."),
  misdirected: entry(421, "fail", "This server does not answer under this name."),
  rate_limited: entry(429, "retry", "This token has made too many requests; try again later."),
  too_many_streams: entry(429, "retry", "This token holds too many event streams open; close one, or try again later."),
  too_many_attempts: entry(429, "retry", "Too many wrong tokens came from this address; try again later."),

  // What the operator has to mend.
  config_invalid: entry(500, "fail", "The configuration is not valid."),
  data_dir_unusable: entry(500, "fail", "The data directory cannot be used."),
  data_dir_locked: entry(500, "fail", "Another server uses this data directory."),
  schema_newer: entry(500, "fail", "The database was written by a newer version."),
  master_key_wrong: entry(500, "fail", "The master key does not open this database."),
  sealed_value_damaged: entry(500, "fail", "A sealed value was altered or moved to another row."),
  listen_failed: entry(500, "fail", "The address cannot be listened on."),
  server_unreachable: entry(503, "fail", "No server answers."),
  service_failed: entry(500, "fail", "The service could not be set up."),
  storage_full: entry(503, "retry", "The disk is full; nothing was accepted. Try again when there is room."),
  storage_failed: entry(503, "retry", "The message could not be stored; nothing was accepted. Try again."),
  stopping: entry(503, "retry", "The server is stopping; nothing was accepted. Try again."),
  internal: entry(500, "fail", "Something went wrong inside lettabox."),

  // What the Letta server said, or did not say.
  letta_unreachable: entry(503, "retry", "Letta cannot be reached."),
  letta_busy: entry(503, "retry", "The agent is busy with another request."),
  letta_rate_limited: entry(503, "retry", "Letta limits requests at the moment."),
  letta_overloaded: entry(503, "retry", "Letta is overloaded at the moment."),
  letta_no_background: entry(503, "retry", "This Letta server has no background mode (it needs Redis)."),
  letta_awaiting_approval: entry(503, "retry", "The agent waits for a tool call to be approved."),
  letta_rejected: entry(502, "pause", "Letta rejected the API key."),
  letta_unpaid: entry(502, "pause", "The Letta account has no credits left."),
  letta_agent_missing: entry(502, "fail", "The agent does not exist on the Letta server (any more)."),
  letta_conversation_missing: entry(502, "fail", "The conversation does not exist on the Letta server (any more)."),
  letta_unconfigured: entry(502, "fail", "The Letta server of this chat is no longer configured."),
  letta_refused: entry(502, "fail", "Letta refused the request."),
  letta_cut: entry(502, "uncertain", "The connection to Letta was cut."),
  letta_silent: entry(502, "uncertain", "Letta says nothing more about the answer."),
  letta_too_much: entry(502, "uncertain", "Letta sent more than a turn may carry."),
  provider_failed: entry(502, "fail", "The model provider failed."),
  turn_cut_off: entry(502, "fail", "The agent was cut off in the middle of its answer."),
  turn_lost: entry(502, "fail", "The message did not reach the agent, twice."),
  turn_expired: entry(504, "fail", "The agent could not be reached for too long."),
  turn_parked: entry(500, "fail", "The turn was interrupted too often without getting anywhere."),
  turn_too_long: entry(504, "fail", "The agent took too long."),

  // What a platform said about a send.
  send_unreachable: entry(503, "retry", "The platform cannot be reached."),
  send_limited: entry(503, "retry", "The platform limits messages at the moment."),
  send_lost: entry(502, "uncertain", "The platform's answer was never seen."),
  send_moved: entry(503, "retry", "The chat goes on under another address."),
  send_refused: entry(502, "fail", "The platform refused the message."),
  bot_missing: entry(502, "fail", "The bot of this chat is no longer configured."),
  send_expired: entry(504, "fail", "The message could not be delivered in time."),
  bot_rejected: entry(502, "retry", "The platform rejects the bot's token."),
  bot_contested: entry(503, "retry", "Another program fetches this bot's messages with the same token."),
  file_unavailable: entry(502, "fail", "The file cannot be fetched from the platform."),
} as const satisfies Record<string, Entry>;

export type FaultCode = keyof typeof catalogue;

export const isFaultCode = (text: string): text is FaultCode => Object.hasOwn(catalogue, text);

export type FaultOptions = {
  /** Replaces the catalogue's sentence; a full sentence without secrets or message text. */
  readonly message?: string;
  /** What to do about it, for the operator or caller. */
  readonly hint?: string;
  readonly retryAfterMs?: number;
  /** The Letta run this happened in, so that it can be looked up there. */
  readonly runId?: string;
  /** The field of the request that is wrong. */
  readonly field?: string;
  /** For `send_moved`: where the chat goes on, as in `Address.chat`. */
  readonly movedTo?: string;
  readonly cause?: unknown;
};

export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly status: number;
  readonly verdict: Verdict;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly runId: string | undefined;
  readonly field: string | undefined;
  readonly movedTo: string | undefined;

  constructor(code: FaultCode, options: FaultOptions = {}) {
    super(options.message ?? catalogue[code].text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = catalogue[code].status;
    this.verdict = catalogue[code].verdict;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    this.runId = options.runId;
    this.field = options.field;
    this.movedTo = options.movedTo;
  }
}

/** Any thrown thing as a `Fault`: faults pass, everything else becomes `internal` with the original as its cause. */
export const asFault = (error: unknown): Fault =>
  error instanceof Fault ? error : new Fault("internal", { cause: error });
