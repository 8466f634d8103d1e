/** The tables of who may talk and who may steer; `schema.ts` lists them among all others. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { GroupMode } from "../access/rules.ts";
import { id, owner } from "./columns.ts";

/** The code by which somebody becomes a bot's operator; used up, its row is gone. */
export const claims = sqliteTable("claims", {
  botId: integer().primaryKey(),
  owner: owner(),
  codeHash: text().notNull(),
  createdAt: integer().notNull(),
});

/** Who claimed a bot. They steer the house account there, and hear what waits for a decision. */
export const operators = sqliteTable(
  "operators",
  {
    owner: owner(),
    botId: integer().notNull(),
    personId: integer().notNull(),
    /** Their direct chat with the bot. */
    chatId: integer().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.botId, t.personId] })],
);

/** What was decided about people, bot by bot. Whoever has no row is a stranger. */
export const grants = sqliteTable(
  "grants",
  {
    id: id(),
    owner: owner(),
    botId: integer().notNull(),
    personId: integer().notNull(),
    /** `revoked` is a stranger again; `blocked` is not even answered. */
    state: text().$type<"granted" | "revoked" | "blocked">().notNull(),
    createdAt: integer().notNull(),
    changedAt: integer().notNull(),
  },
  (t) => [uniqueIndex("grants_person").on(t.botId, t.personId)],
);

/** People and groups that wait, or waited, for somebody to let them in. */
export const admissions = sqliteTable(
  "admissions",
  {
    id: id(),
    owner: owner(),
    botId: integer().notNull(),
    kind: text().$type<"person" | "group">().notNull(),
    /** Who asks, or who added the bot to the group. */
    personId: integer(),
    /** Where they are told what became of it. */
    chatId: integer().notNull(),
    /** 8 characters that are hard to mistake for each other. */
    code: text().notNull(),
    state: text().$type<"waiting" | "approved" | "denied" | "expired">().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    decidedAt: integer(),
    /** Who decided, as in `audit`. */
    decidedBy: text(),
  },
  (t) => [
    uniqueIndex("admissions_code")
      .on(t.botId, t.code)
      .where(sql`state = 'waiting'`),
    index("admissions_waiting")
      .on(t.botId, t.chatId)
      .where(sql`state = 'waiting'`),
    index("admissions_created").on(t.createdAt),
  ],
);

/** What was set for a chat. A chat without a row has every default. */
export const chatSettings = sqliteTable("chat_settings", {
  chatId: integer().primaryKey(),
  owner: owner(),
  /** For a group: since when it is admitted; null while it is not. */
  admittedAt: integer(),
  /** When it was said why the bot is silent here: once. */
  toldAt: integer(),
  /** What the group's administrators chose; never wider than `ceiling`. */
  mode: text().$type<GroupMode>(),
  /** The widest mode that the operator allows. */
  ceiling: text().$type<GroupMode>(),
  /** JSON array of the only handles that are listened to; null is everybody. */
  allowed: text(),
  /** Messages wait so long for others to join them; null is the default of its kind. */
  debounceMs: integer(),
  /** Messages for the agent in a day, of the chat and of each person in it; null is what the configuration says. */
  dailyLimit: integer(),
  dailyPersonLimit: integer(),
  /** Whether what the agent thinks is shown. */
  reasoning: integer({ mode: "boolean" }),
  /** Whether a message that is being worked on is marked with a reaction. */
  acknowledge: integer({ mode: "boolean" }),
});

/** Messages for agents that were counted, by day (UTC). Old days are swept. */
export const tallies = sqliteTable(
  "tallies",
  {
    owner: owner(),
    /** `chat:<id>`, or `chat:<id>/person:<id>`. */
    scope: text().notNull(),
    /** `2026-11-29` */
    day: text().notNull(),
    count: integer().notNull(),
    /** It was said that the limit is reached. */
    told: integer({ mode: "boolean" }).notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.scope, t.day] }), index("tallies_day").on(t.day)],
);

/** Who let whom in and who set what. */
export const audit = sqliteTable(
  "audit",
  {
    id: id(),
    owner: owner(),
    botId: integer(),
    chatId: integer(),
    /** `person:<id>`, `token:<id>`, `claim`, `configuration` or `lettabox`. */
    actor: text().notNull(),
    /** `operator.claimed`, `access.granted`, `group.admitted`, `setting.changed`, … */
    action: text().notNull(),
    /** Whom or what it is about: `person:<id>`, `chat:<id>`, the name of a setting. */
    subject: text(),
    /** The value that was set; never a message or a secret. */
    detail: text(),
    at: integer().notNull(),
  },
  (t) => [index("audit_at").on(t.at)],
);

/**
 * Agents that belong to one person or group alone, made from another one's agent file: in access mode `open` nobody
 * shares a memory with strangers.
 */
export const ownAgents = sqliteTable(
  "own_agents",
  {
    id: id(),
    owner: owner(),
    accountId: integer().notNull(),
    /** Letta's id of the agent that it was made from. */
    sourceAgentId: text().notNull(),
    /** `person:<id>` or `chat:<id>` */
    scope: text().notNull(),
    /** What it is called on the server. */
    name: text().notNull(),
    /** Letta's id; null until it is made, at the first turn. Until then rows call it `own:<id of this row>`. */
    agentId: text(),
    createdAt: integer().notNull(),
  },
  (t) => [
    uniqueIndex("own_agents_scope").on(t.accountId, t.sourceAgentId, t.scope),
    index("own_agents_agent").on(t.agentId),
  ],
);

/** Files on their way out, made by agents or given by programs. The bytes lie in `DATA_DIR/files` under the row's id. */
export const files = sqliteTable(
  "files",
  {
    id: id(),
    owner: owner(),
    /** The turn that made it. Null when a program gave it: then `partId` is the outbox row that sends it. */
    turnId: integer(),
    partId: integer(),
    name: text().notNull(),
    mime: text().notNull(),
    bytes: integer().notNull(),
    createdAt: integer().notNull(),
  },
  (t) => [index("files_created").on(t.createdAt), index("files_turn").on(t.turnId)],
);
