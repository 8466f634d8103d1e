/** `n` is the order of everything: clocks repeat and go back, row numbers do not. */

export const schemaVersion = 2;

/** What version 2 added: the model's context, and everything that an agent may be given. */
export const schema2 = `
-- Whether the model is still shown the message: compaction and lost updates take it out, the history keeps it.
ALTER TABLE messages ADD COLUMN in_context INTEGER NOT NULL DEFAULT 1;
-- A fork of a default conversation takes its messages out of the listing of that conversation.
ALTER TABLE messages ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;

-- Blocks, tools, folders, files, archives, passages, identities, MCP servers: body is the JSON that the API shows.
CREATE TABLE resources (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE INDEX resources_kind ON resources (kind);

-- What is attached to what: to an agent, or an identity to a block.
CREATE TABLE links (
  n INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  UNIQUE (owner, id)
);
CREATE INDEX links_id ON links (id);

-- One row per model turn of a run.
CREATE TABLE steps (n INTEGER PRIMARY KEY, run INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX steps_run ON steps (run);

PRAGMA user_version = 2;
`;

export const schema = `
CREATE TABLE agents (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  tags TEXT NOT NULL,
  fields TEXT NOT NULL,
  person_name TEXT,
  last_stop_reason TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX agents_name ON agents (name);

CREATE TABLE conversations (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agent_id TEXT NOT NULL,
  summary TEXT,
  model TEXT,
  model_settings TEXT,
  last_message_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX conversations_agent ON conversations (agent_id);

-- Indexes grow at their end where they can: a random key costs a page of the log per insert. Hence runs by number here.
-- One row per message of the model's context; body is the JSON list of wire messages it expands to.
-- conversation_id is null in the agent's default conversation.
CREATE TABLE messages (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agent_id TEXT NOT NULL,
  conversation_id TEXT,
  run INTEGER,
  role TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX messages_agent ON messages (agent_id);
CREATE INDEX messages_conversation ON messages (conversation_id, agent_id);
CREATE INDEX messages_run ON messages (run);

CREATE TABLE runs (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  agent_id TEXT NOT NULL,
  conversation_id TEXT,
  status TEXT NOT NULL,
  background INTEGER NOT NULL,
  run_type TEXT NOT NULL,
  stop_reason TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  completed_at INTEGER
);
CREATE INDEX runs_agent ON runs (agent_id);
CREATE INDEX runs_conversation ON runs (conversation_id);
CREATE INDEX runs_active ON runs (agent_id) WHERE status IN ('created', 'running');

-- The tool call a conversation waits for; the key is the agent's id for its default conversation.
CREATE TABLE approvals (
  conversation TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL,
  request TEXT NOT NULL,
  tail TEXT NOT NULL
) WITHOUT ROWID;

-- What Redis holds for three hours: which run a post or one of its messages belongs to, and what background runs streamed.
CREATE TABLE otids (n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE tapes (n INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, frames TEXT NOT NULL, at INTEGER NOT NULL);

-- Every message POST that reached this server, for checkers.
CREATE TABLE requests (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  agent_id TEXT,
  conversation_id TEXT,
  run_id TEXT,
  said TEXT NOT NULL
);

PRAGMA user_version = 1;
`;
