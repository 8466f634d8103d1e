import type { AgentRow } from "../store/agents.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Resource } from "../store/resources.ts";
import type { RunRow } from "../store/runs.ts";
import { timestamp } from "./ids.ts";
import type { WireMessage } from "./messages.ts";

/** Rows as the API shows them, every key of the server's in its order. */

const user = "user-00000000-0000-4000-8000-000000000000";

export const demoModel = "demo/echo";

/** Agents on one of its models answer as the scripted model does. */
export const scriptedProvider = "openai-proxy/";

export const demoSystem = "You are the demo agent of lettabox. You answer without a language model.";

const llmConfig = (handle: string) => ({
  model: handle.slice(handle.indexOf("/") + 1),
  display_name: null,
  model_endpoint_type: "openai",
  model_endpoint: null,
  provider_name: handle.slice(0, handle.indexOf("/")),
  provider_category: "base",
  model_wrapper: null,
  context_window: 30_000,
  put_inner_thoughts_in_kwargs: false,
  handle,
  temperature: 1,
  max_tokens: 16_384,
  enable_reasoner: false,
  reasoning_effort: null,
  max_reasoning_tokens: 0,
  effort: null,
  frequency_penalty: null,
  compatibility_type: null,
  verbosity: null,
  tier: null,
  parallel_tool_calls: false,
  response_format: null,
  strict: false,
  return_logprobs: false,
  top_logprobs: null,
  return_token_ids: false,
  tool_call_parser: null,
});

/** A model in a listing. */
export const modelState = (handle: string) => {
  const { model, ...config } = llmConfig(handle);
  return {
    ...config,
    name: model,
    model,
    display_name: model,
    provider_type: "openai",
    model_type: "llm",
    max_context_window: 30_000,
  };
};

const modelSettings = {
  max_output_tokens: 16_384,
  parallel_tool_calls: true,
  provider_type: "openai",
  temperature: 1,
  reasoning: { reasoning_effort: "minimal" },
  response_format: null,
  strict: false,
};

export type Shown = {
  readonly messageIds: readonly string[];
  /** Relations the client asked for; SDK clients see the others empty. */
  readonly include: ReadonlySet<string>;
  readonly pendingApproval: WireMessage | null;
  readonly blocks: readonly Resource[];
  readonly tools: readonly Resource[];
  readonly folders: readonly Resource[];
  readonly identities: readonly Resource[];
};

/** Secrets are shown in clear to whoever asks. */
const secretsOf = (agentId: string, secrets: unknown): readonly unknown[] =>
  Object.entries((secrets ?? {}) as Readonly<Record<string, string>>).map(([key, value]) => ({
    created_by_id: null,
    last_updated_by_id: null,
    created_at: null,
    updated_at: null,
    id: `agent-env-${agentId.slice("agent-".length)}`,
    key,
    value,
    description: null,
    organization_id: "org-00000000-0000-4000-8000-000000000000",
    value_enc: value,
    agent_id: agentId,
  }));

/** `fields` may replace what they name, and nothing may add a key the server does not know. */
export const agentState = (agent: AgentRow, shown: Shown) => {
  const { messageIds, include, pendingApproval } = shown;
  const asked = <T>(relation: string, what: readonly T[]): readonly T[] => (include.has(relation) ? what : []);
  const blocks = asked("agent.blocks", shown.blocks);
  const identities = asked("agent.identities", shown.identities);
  const secrets = asked("agent.secrets", secretsOf(agent.id, agent.fields["secrets"]));
  const set = agent.fields;
  const given = (key: string, otherwise: unknown): unknown => set[key] ?? otherwise;
  const model = typeof set["model"] === "string" ? set["model"] : demoModel;
  return {
    created_by_id: user,
    last_updated_by_id: user,
    created_at: timestamp(agent.createdAt),
    updated_at: timestamp(agent.updatedAt),
    id: agent.id,
    name: agent.name,
    tool_rules: given("tool_rules", []),
    message_ids: messageIds,
    system: given("system", demoSystem),
    agent_type: given("agent_type", "letta_v1_agent"),
    llm_config: llmConfig(model),
    embedding_config: null,
    model,
    embedding: given("embedding", null),
    model_settings: given("model_settings", modelSettings),
    compaction_settings: given("compaction_settings", null),
    response_format: given("response_format", null),
    description: given("description", null),
    metadata: given("metadata", null),
    memory: { agent_type: "letta_v1_agent", git_enabled: false, blocks, file_blocks: [], prompt_template: "" },
    blocks,
    tools: asked("agent.tools", shown.tools),
    sources: asked("agent.sources", shown.folders),
    tags: asked("agent.tags", agent.tags),
    tool_exec_environment_variables: secrets,
    secrets,
    project_id: null,
    template_id: null,
    base_template_id: null,
    deployment_id: null,
    entity_id: null,
    identity_ids: identities.map(({ id }) => id),
    identities,
    pending_approval: include.has("agent.pending_approval") ? pendingApproval : null,
    message_buffer_autoclear: given("message_buffer_autoclear", false),
    enable_sleeptime: given("enable_sleeptime", null),
    multi_agent_group: null,
    managed_group: null,
    last_run_completion: null,
    last_run_duration_ms: null,
    last_stop_reason: agent.lastStopReason,
    timezone: given("timezone", "UTC"),
    max_files_open: given("max_files_open", 5),
    per_file_view_window_char_limit: given("per_file_view_window_char_limit", 15_000),
    hidden: given("hidden", null),
  };
};

export const conversationState = (row: ConversationRow, inContext: readonly string[]) => ({
  created_by_id: user,
  last_updated_by_id: user,
  created_at: timestamp(row.createdAt),
  updated_at: timestamp(row.updatedAt),
  id: row.id,
  agent_id: row.agentId,
  summary: row.summary,
  in_context_message_ids: inContext,
  isolated_block_ids: [],
  model: row.model,
  model_settings: row.modelSettings === null ? null : (JSON.parse(row.modelSettings) as unknown),
  last_message_at: row.lastMessageAt === null ? null : timestamp(row.lastMessageAt),
});

const requestConfig = {
  use_assistant_message: true,
  assistant_message_tool_name: "send_message",
  assistant_message_tool_kwarg: "message",
  include_return_message_types: null,
};

export const runState = (row: RunRow) => ({
  id: row.id,
  status: row.status,
  created_at: timestamp(row.createdAt),
  completed_at: row.completedAt === null ? null : timestamp(row.completedAt),
  agent_id: row.agentId,
  conversation_id: row.conversationId,
  base_template_id: null,
  background: row.background,
  metadata: {
    run_type: row.runType,
    ...(row.error === null ? {} : { error: JSON.parse(row.error) as unknown }),
  },
  request_config: requestConfig,
  stop_reason: row.stopReason,
  callback_url: null,
  callback_sent_at: null,
  callback_status_code: null,
  callback_error: null,
  ttft_ns: null,
  total_duration_ns: row.completedAt === null ? null : (row.completedAt - row.createdAt) * 1_000_000,
});
