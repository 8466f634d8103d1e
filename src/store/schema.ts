/**
 * Every table. Order is by integer key, never by clock. Times are milliseconds since 1970. `owner` is `house` or
 * `person:<id>` and stands in every table but `bots` and `meta`. JSON columns hold what their comment says.
 * The partial indexes are what keeps a claim cheap beside millions of finished rows.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { ChatKind, InboundKind } from "../message.ts";
import type { Trigger, TurnState } from "../turn/states.ts";
import { id, owner } from "./columns.ts";

export {
  admissions,
  audit,
  chatSettings,
  claims,
  files,
  grants,
  operators,
  ownAgents,
  tallies,
} from "./schema-access.ts";
export { messages, tokens } from "./schema-api.ts";
export { heard } from "./schema-completions.ts";
export { deadLetters, outbox } from "./schema-outbox.ts";
export { handles, notes, personas, persons } from "./schema-people.ts";

/** Facts about the database itself: boot counter, key canary. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

export const bots = sqliteTable(
  "bots",
  {
    id: id(),
    channel: text().notNull(),
    slug: text().notNull(),
    /** What the platform says the token belongs to; another identity under the same slug is a new bot. */
    identity: text().notNull(),
    /** Where `listen` goes on; moves only in the transaction that accepts what came before it. */
    cursor: text(),
    createdAt: integer().notNull(),
  },
  (t) => [uniqueIndex("bots_slug_identity").on(t.slug, t.identity)],
);

export const accounts = sqliteTable(
  "accounts",
  {
    id: id(),
    owner: owner(),
    server: text().notNull(),
    /** Sealed credentials; null on the house account, whose key is in the configuration. */
    secret: text(),
    /** Set when the server rejected the key: nothing of this account runs until it is cleared. */
    pausedAt: integer(),
    pauseCode: text(),
    createdAt: integer().notNull(),
  },
  (t) => [uniqueIndex("accounts_owner_server").on(t.owner, t.server)],
);

/** Agents an account may use; `position` orders them, the lowest is the default. */
export const agents = sqliteTable(
  "agents",
  {
    id: id(),
    owner: owner(),
    accountId: integer().notNull(),
    /** Letta's id. */
    agentId: text().notNull(),
    name: text().notNull(),
    position: integer().notNull(),
    /** The newest run known before the next post: where a search for a lost post may stop. */
    lastRunId: text(),
  },
  (t) => [uniqueIndex("agents_account_agent").on(t.accountId, t.agentId)],
);

/** A lane: one conversation of one agent on one server. `upstreamId` is null until the server made it. */
export const conversations = sqliteTable(
  "conversations",
  {
    id: id(),
    owner: owner(),
    server: text().notNull(),
    agentId: text().notNull(),
    /** `default` or `conv-…` */
    upstreamId: text(),
    /**
     * Whose it is, when lettabox made it: `chat:<id>`, `person:<id>` or `channel:<name>`. Null for the default one, for
     * those a caller named, and for those that a newer one replaced.
     */
    scope: text(),
    createdAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("conversations_upstream").on(t.server, t.agentId, t.upstreamId),
    uniqueIndex("conversations_scope").on(t.server, t.agentId, t.scope),
  ],
);

export const chats = sqliteTable(
  "chats",
  {
    id: id(),
    owner: owner(),
    botId: integer().notNull(),
    /** `<bot>:<opaque>`; for the bot `api` `api:<token id>` or `api:<token id>/<chat>`, with `~<branch>` behind the id. */
    key: text().notNull(),
    kind: text().$type<ChatKind>().notNull(),
    title: text(),
    /** The chat that it is a part of: that one's settings count. */
    withinId: integer(),
    tokenId: integer(),
    createdAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("chats_bot_key").on(t.botId, t.key),
    index("chats_token").on(t.tokenId),
    index("chats_direct")
      .on(t.owner, t.botId)
      .where(sql`kind = 'direct'`),
  ],
);

/** Which account, agent and conversation a chat talks to; one row per agent it ever chose, so going back finds the old talk. */
export const bindings = sqliteTable(
  "bindings",
  {
    id: id(),
    owner: owner(),
    chatId: integer().notNull(),
    accountId: integer().notNull(),
    agentId: text().notNull(),
    conversationId: integer().notNull(),
    chosenAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("bindings_chat_agent").on(t.chatId, t.agentId),
    index("bindings_conversation").on(t.conversationId),
  ],
);

/** The inbox. Exactly one of `turnId` and `ignored` is set. */
export const events = sqliteTable(
  "events",
  {
    id: id(),
    owner: owner(),
    botId: integer().notNull(),
    chatId: integer().notNull(),
    handleId: integer(),
    kind: text().$type<InboundKind>().notNull(),
    /** What its chat calls the message, so that an edit, a deletion or a reaction finds it. */
    messageId: text(),
    turnId: integer(),
    /**
     * Why rules left it unanswered; such an event keeps no text. `noted` is the one that does: a reaction, which the agent
     * is told of with the chat's next message.
     */
    ignored: text(),
    /** JSON `InboxPayload`; null when ignored or pruned. */
    payload: text(),
    /** What the request said, hashed: the same idempotency key with another body is a conflict. */
    bodyHash: text(),
    sentAt: integer().notNull(),
    receivedAt: integer().notNull(),
  },
  (t) => [
    index("events_turn").on(t.turnId),
    index("events_received").on(t.receivedAt),
    index("events_noted")
      .on(t.chatId, t.id)
      .where(sql`ignored = 'noted'`),
    index("events_message")
      .on(t.chatId, t.messageId)
      .where(sql`message_id IS NOT NULL`),
  ],
);

export const eventKeys = sqliteTable(
  "event_keys",
  {
    owner: owner(),
    botId: integer().notNull(),
    key: text().notNull(),
    eventId: integer().notNull(),
    receivedAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.botId, t.key] }), index("event_keys_received").on(t.receivedAt)],
);

export const turns = sqliteTable(
  "turns",
  {
    id: id(),
    owner: owner(),
    /** What the outside sees: `turn_…`, unguessable. */
    publicId: text().notNull(),
    botId: integer().notNull(),
    chatId: integer().notNull(),
    personId: integer(),
    tokenId: integer(),
    /** Null, like the next two, for a command that needs no agent. */
    accountId: integer(),
    agentId: text(),
    agentName: text(),
    /** The lane; null for a command that stands in its chat's order only, or in none. */
    conversationId: integer(),
    /** JSON `StoredCommand`; null for what goes to an agent. */
    command: text(),
    trigger: text().$type<Trigger>().notNull(),
    /** Whose running turns count together: `person:<id>` or `chat:<id>`. */
    share: text().notNull(),
    /** Only events with the same key may join while it is queued; null = never merges. */
    mergeKey: text(),
    state: text().$type<TurnState>().notNull(),
    attempts: integer().notNull().default(0),
    /** Not before. */
    dueAt: integer().notNull(),
    /** When patience ends; set by the first retry. */
    retryUntil: integer(),
    /** The user was told that it takes longer. */
    toldAt: integer(),
    leaseBoot: integer(),
    /** Boots in a row that leased it and got nowhere. */
    stalledBoots: integer().notNull().default(0),
    cancelAt: integer(),
    /** The persona of whoever speaks, when the agent may know of it and change it; set when the message is frozen. */
    personaId: integer(),
    /** The revision of it that the message tells; null when it tells none. */
    noteRevision: integer(),
    /** The agent only listens: what it says is kept and delivered to nobody. */
    muted: integer({ mode: "boolean" }).notNull().default(false),
    /** Platform id of a preview that must not outlive the turn. */
    previewId: text(),
    /** Everything the agent said, joined; null until settled. */
    response: text(),
    runId: text(),
    stopReason: text(),
    errorCode: text(),
    errorText: text(),
    resent: integer({ mode: "boolean" }).notNull().default(false),
    /** Tokens that its runs took, as the server counts them; null when it did not say. */
    promptTokens: integer(),
    completionTokens: integer(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    finishedAt: integer(),
  },
  (t) => [
    uniqueIndex("turns_public").on(t.publicId),
    index("turns_open_by_chat")
      .on(t.chatId, t.id)
      .where(sql`finished_at IS NULL`),
    index("turns_open_by_lane")
      .on(t.conversationId, t.chatId, t.id)
      .where(sql`finished_at IS NULL`),
    index("turns_queued_by_due")
      .on(t.dueAt)
      .where(sql`state = 'queued'`),
    index("turns_held_by_lane")
      .on(t.conversationId)
      .where(sql`finished_at IS NULL AND state <> 'queued'`),
    index("turns_held_by_share")
      .on(t.share)
      .where(sql`finished_at IS NULL AND state <> 'queued'`),
    index("turns_finished").on(t.finishedAt),
    index("turns_token").on(t.tokenId, t.id),
  ],
);

/** What was sent to Letta for a turn, frozen before any byte left. */
export const posts = sqliteTable(
  "posts",
  {
    id: id(),
    owner: owner(),
    turnId: integer().notNull(),
    kind: text().$type<"message" | "approval">().notNull(),
    /** JSON `PostMessage[]`, one `otid` each; null when pruned. */
    messages: text(),
    /** Upstream conversation it goes to. */
    conversation: text().notNull(),
    background: integer({ mode: "boolean" }).notNull(),
    /** Newest run of the agent known before: a search for this post stops there. */
    runBefore: text(),
    /** `ready`: no byte left. `sent`: a byte may have left. `closed`: its fate is known. */
    state: text().$type<"ready" | "sent" | "closed">().notNull(),
    runId: text(),
    /** Last sequence seen in background mode. */
    seq: integer(),
    /** What cut it short; the end of our own process is no miss. */
    cutBy: text().$type<"connection" | "process">(),
    /** How long successful searches have found nothing, over all boots. */
    searchedMs: integer().notNull().default(0),
    /** A refused connection was seen since it was sent: the server was down. */
    refusedAt: integer(),
    /** The search ended without a trace that many times. */
    misses: integer().notNull().default(0),
    createdAt: integer().notNull(),
  },
  (t) => [index("posts_turn").on(t.turnId), index("posts_run").on(t.runId)],
);

/** Tool calls that wait, or waited, for an answer: for somebody to allow them, or for what came of one that is ours. */
export const approvals = sqliteTable(
  "approvals",
  {
    id: id(),
    owner: owner(),
    turnId: integer().notNull(),
    toolCallId: text().notNull(),
    toolName: text().notNull(),
    /** JSON, as the model wrote it; null when pruned. */
    arguments: text(),
    /** Null until decided; a decision is never changed. */
    approve: integer({ mode: "boolean" }),
    reason: text(),
    /** JSON `CallOutcome` of a tool that lettabox executes itself; null for a call that somebody has to allow. */
    result: text(),
    /** Denied when nobody has decided by then. */
    deadlineAt: integer().notNull(),
    decidedAt: integer(),
    /** Who decided, as in `audit`; null when the deadline or a stop did. */
    decidedBy: text(),
    /** The decision is part of a frozen post. */
    postId: integer(),
  },
  (t) => [uniqueIndex("approvals_call").on(t.turnId, t.toolCallId)],
);

/** What a turn said and did, whole, in order: the source of SSE resumes. `body` is a JSON live event. */
export const turnEvents = sqliteTable(
  "turn_events",
  {
    owner: owner(),
    turnId: integer().notNull(),
    seq: integer().notNull(),
    /** Names the part; reconcile skips parts that stand here. */
    uuid: text().notNull(),
    body: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.turnId, t.seq] })],
);
