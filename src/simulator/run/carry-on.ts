import { phraseIn } from "../agent/phrases.ts";
import { saidIn, type Spoken } from "../agent/said.ts";
import type { ToolResult } from "../agent/script.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf } from "../store/messages.ts";
import type { ToolCall, WireMessage } from "../wire/messages.ts";

/** The part of a tool's return that matters here. */
type Returned = { readonly status?: string; readonly tool_return?: string };

/**
 * What the demo agent goes on with when it is told to continue where it stopped: what its last call returned, and the end
 * of what the person had said before. A model would find both in its context, too.
 */
export const lastResult = ({ store }: Simulation, where: ConversationOf): ToolResult => {
  const rows = store.messages.context(where).map(({ role, body }) => ({
    role,
    parts: JSON.parse(body) as readonly WireMessage[],
  }));
  const at = rows.findLastIndex(({ role }) => role === "tool");
  const before = rows.slice(0, Math.max(at, 0));
  const returned = rows[at]?.parts[0] as Returned | undefined;
  const calls = before.flatMap(({ parts }) =>
    parts.map(({ tool_calls }) => tool_calls as readonly ToolCall[] | undefined),
  );
  const asked = before.findLast(({ role }) => role === "user")?.parts[0];
  const { texts } = saidIn(
    asked === undefined ? [] : [{ role: "user", content: asked["content"] as Spoken["content"] }],
  );
  return {
    tool: calls.findLast((list) => list !== undefined)?.[0]?.name ?? "",
    verdict: returned?.status === "error" ? "denied" : "done",
    text: returned?.tool_return ?? "",
    tail: phraseIn(texts)?.tail ?? texts.join("\n"),
  };
};
