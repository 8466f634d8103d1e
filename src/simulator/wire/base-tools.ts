import type { Resource } from "../store/resources.ts";
import { newId } from "./ids.ts";

/** The tools that every server has, by type, and how a tool looks. */

const base: Readonly<Record<string, string>> = {
  letta_core: "send_message conversation_search archival_memory_insert archival_memory_search",
  letta_memory_core: "core_memory_append core_memory_replace memory memory_apply_patch",
  letta_sleeptime_core: "memory_insert memory_replace memory_rethink memory_finish_edits",
  letta_files_core: "open_files grep_files semantic_search_files",
  letta_builtin: "web_search fetch_webpage run_code run_code_with_tools",
  letta_multi_agent_core:
    "send_message_to_agent_and_wait_for_reply send_message_to_agents_matching_tags send_message_to_agent_async",
  letta_voice_sleeptime_core: "store_memories rethink_user_memory finish_rethinking_memory search_memory",
};

/** What an agent has when nothing else is said. */
export const usualTools = ["memory_insert", "memory_replace", "conversation_search"] as const;

/** What reading files takes: an agent has them while a folder is attached. */
export const fileTools = ["open_files", "grep_files", "semantic_search_files"] as const;

export const toolState = (name: string, type: string, more: Readonly<Record<string, unknown>> = {}): Resource => ({
  id: newId("tool"),
  tool_type: type,
  description: null,
  source_type: "python",
  name,
  tags: type === "custom" ? [] : [type],
  source_code: null,
  json_schema: { name, description: null, parameters: { type: "object", properties: {}, required: [] } },
  args_json_schema: null,
  return_char_limit: 50_000,
  pip_requirements: null,
  npm_requirements: null,
  default_requires_approval: null,
  enable_parallel_execution: false,
  created_by_id: null,
  last_updated_by_id: null,
  metadata_: {},
  project_id: null,
  ...more,
});

export const baseTools = (): readonly Resource[] =>
  Object.entries(base).flatMap(([type, names]) => names.split(" ").map((name) => toolState(name, type)));
