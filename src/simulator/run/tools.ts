import { demoTool } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import type { Resource } from "../store/resources.ts";
import type { ToolCall, WireMessage } from "../wire/messages.ts";
import type { Post } from "../wire/post.ts";
import { runSource } from "../wire/python.ts";
import { recompile } from "./prompt.ts";

/** Tools: which ones an agent has, whose calls must wait, and what a call returns. */

export type ToolResult = {
  readonly status: "success" | "error";
  readonly text: string;
  readonly stderr: readonly string[] | null;
};

const done = (text: string): ToolResult => ({ status: "success", text, stderr: null });
const failed = (text: string): ToolResult => ({ status: "error", text, stderr: null });

const nameOf = ({ name }: Resource): string => String(name);

/** The server's tools and those that the client brought for this request, which go first. */
export const toolsFor = ({ store }: Simulation, agentId: string, post: Post): readonly string[] => [
  ...new Set([...post.clientTools, ...store.links.of(agentId, "tool").map(nameOf)]),
];

type ToolRule = { readonly type?: unknown; readonly tool_name?: unknown };

/** A call waits for the client that has the tool, or for somebody's approval. */
export const mustWait = ({ store }: Simulation, agentId: string, post: Post, name: string): boolean => {
  if (post.clientTools.includes(name) || demoTool(name)?.asks === true) return true;
  const rules = store.agents.find(agentId)?.fields["tool_rules"];
  return (
    Array.isArray(rules) &&
    (rules as readonly ToolRule[]).some(({ type, tool_name }) => type === "requires_approval" && tool_name === name)
  );
};

type Arguments = Readonly<Record<string, unknown>>;

const changeBlock = (
  simulation: Simulation,
  { agentId }: ConversationOf,
  { label }: Arguments,
  change: (value: string) => string | ToolResult,
): ToolResult => {
  const { store } = simulation;
  const block = store.links.of(agentId, "block").find((one) => one["label"] === label);
  if (block === undefined)
    return failed(`Error executing function: ValueError: Block ${String(label)} does not exist.`);
  const value = change(String(block["value"]));
  if (typeof value !== "string") return value;
  store.resources.update({ ...block, value });
  recompile(simulation, { agentId, conversationId: null });
  return done(value);
};

/** Python's repr, as far as results here need it. */
const repr = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;

const search = ({ store }: Simulation, { agentId }: ConversationOf, { query }: Arguments): ToolResult => {
  const wanted = String(query ?? "").toLowerCase();
  const found = store.messages
    .spoken(agentId, undefined, 1_000)
    .flatMap(({ body }) =>
      (JSON.parse(body) as readonly WireMessage[])
        .filter(({ content }) => typeof content === "string" && content.toLowerCase().includes(wanted))
        .map(
          ({ message_type, content }) =>
            `{'role': ${repr(message_type.replace("_message", ""))}, 'content': ${repr(String(content))}}`,
        ),
    );
  const message = found.length === 0 ? "No results found." : `Showing ${found.length} results:`;
  return done(`{'message': '${message}', 'results': [${found.toReversed().join(", ")}]}`);
};

const missing = (tool: string, parameter: string): ToolResult => {
  const text = `LettaCoreToolExecutor.${tool}() missing 1 required positional argument: '${parameter}'`;
  return { status: "error", text, stderr: [`Error executing function ${tool}: TypeError: ${text}`] };
};

const insert = (simulation: Simulation, where: ConversationOf, args: Arguments): ToolResult => {
  const { new_string: added } = args;
  if (typeof added !== "string") return missing("memory_insert", "new_string");
  return changeBlock(simulation, where, args, (value) => `${value}\n${added}`);
};

const replace = (simulation: Simulation, where: ConversationOf, args: Arguments): ToolResult => {
  const { old_string: old, new_string: fresh } = args;
  if (typeof old !== "string") return missing("memory_replace", "old_string");
  if (typeof fresh !== "string") return missing("memory_replace", "new_string");
  return changeBlock(simulation, where, args, (value) =>
    value.includes(old)
      ? value.replace(old, fresh)
      : failed(`ValueError: No replacement was performed, old_string \`${old}\` did not appear.`),
  );
};

const builtIn: Readonly<Record<string, typeof search>> = {
  memory_insert: insert,
  memory_replace: replace,
  conversation_search: search,
};

/** Executes a call that does not wait, or no longer. */
export const runTool = (simulation: Simulation, where: ConversationOf, call: ToolCall): ToolResult => {
  const { store, now } = simulation;
  const demo = demoTool(call.name);
  if (demo !== null) return done(demo.run(now()));
  const tools = store.links.of(where.agentId, "tool");
  const tool = tools.find((one) => one["name"] === call.name);
  if (tool === undefined) {
    const valid = tools.map((one) => `'${nameOf(one)}'`).join(", ");
    return failed(`[ToolConstraintError] Cannot call ${call.name}, valid tools include: [${valid}].`);
  }
  const args = JSON.parse(call.arguments) as Arguments;
  const run = builtIn[call.name];
  if (run !== undefined) return run(simulation, where, args);
  const secrets = store.agents.find(where.agentId)?.fields["secrets"];
  return done(runSource(String(tool["source_code"] ?? ""), args, (secrets ?? {}) as Readonly<Record<string, string>>));
};
