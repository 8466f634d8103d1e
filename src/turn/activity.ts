/** What the agent does, in one line for people: the tool in words, and at most what it looks for. */
import type { Frame } from "../letta/upstream.ts";

/** Tools that people meet often; others are called by their name. */
const known: Readonly<Record<string, string>> = {
  web_search: "Searching the web",
  fetch_webpage: "Reading a web page",
  run_code: "Running code",
  conversation_search: "Searching earlier conversations",
  archival_memory_search: "Searching its memory",
  archival_memory_insert: "Remembering something",
  memory: "Updating its memory",
  memory_insert: "Updating its memory",
  memory_replace: "Updating its memory",
  memory_rethink: "Updating its memory",
  memory_apply_patch: "Updating its memory",
  memory_finish_edits: "Updating its memory",
  core_memory_append: "Updating its memory",
  core_memory_replace: "Updating its memory",
  open_files: "Opening files",
  grep_files: "Searching files",
  semantic_search_files: "Searching files",
  update_persona: "Taking a note",
  send_file: "Making a file",
};

/** Of these, what is looked for may be shown. */
const searches = /^(web_search|conversation_search|archival_memory_search|grep_files|semantic_search_files)$/;

const mostQueryChars = 60;
const mostNameChars = 40;

/** One line without anything that a platform reads as more than letters. */
const plain = (text: string, most: number): string => {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{C}`*_~[\]()<>|@#\\]+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length <= most ? line : `${line.slice(0, most).replace(/[\ud800-\udbff]$/, "")}…`;
};

const queryIn = (text: string): string | undefined => {
  // Only whole arguments are read: half of one may say the opposite.
  if (!text.trimEnd().endsWith("}")) return undefined;
  try {
    const { query, pattern } = (JSON.parse(text) ?? {}) as { readonly query?: unknown; readonly pattern?: unknown };
    const found = query ?? pattern;
    return typeof found === "string" ? plain(found, mostQueryChars) : undefined;
  } catch {
    // Not whole yet, or never will be: models write what they like.
    return undefined;
  }
};

export const describeCall = (name: string, rawArguments: string): string => {
  const words = Object.hasOwn(known, name) ? (known[name] ?? name) : `Using ${plain(name, mostNameChars) || "a tool"}`;
  const query = searches.test(name) ? queryIn(rawArguments) : undefined;
  return query ? `${words}: ${query}` : words;
};

/** Follows the calls of a stream; answers the line for a frame of one. */
export const createActivity = () => {
  const calls = new Map<string, { name: string; arguments: string }>();
  return (frame: Frame): string | undefined => {
    if (frame.type === "tool_return") calls.delete(frame.id);
    if (frame.type !== "tool_call" && frame.type !== "approval_request") return undefined;
    const call = calls.get(frame.id) ?? { name: "", arguments: "" };
    calls.set(frame.id, call);
    call.name ||= frame.name;
    // A search is short; what is longer is not shown anyway.
    if (call.arguments.length < 10_000) call.arguments += frame.arguments;
    return call.name === "" ? undefined : describeCall(call.name, call.arguments);
  };
};
