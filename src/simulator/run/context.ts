import type { ModelMessage } from "../agent/model-log.ts";
import type { StoredMessage } from "../store/messages.ts";
import type { ToolCall, WireMessage } from "../wire/messages.ts";

/** Stored messages as a model is shown them: one per message of a chat completion, in OpenAI's shape. */

type ImagePart = { readonly type: "image"; readonly source: { readonly media_type?: string; readonly data?: string } };
type Part = { readonly type: "text"; readonly text: string } | ImagePart;
type Result = { readonly tool_call_id: string; readonly status: string; readonly tool_return: string };

const contentOf = (content: unknown): unknown =>
  Array.isArray(content)
    ? (content as readonly Part[]).map((part) =>
        part.type === "text"
          ? { type: "text", text: part.text }
          : { type: "image_url", image_url: { url: `data:${part.source.media_type};base64,${part.source.data}` } },
      )
    : content;

const pad = (n: number): string => String(n).padStart(2, "0");

/** `2026-11-23 04:09:22 AM UTC+0000` */
const toolTime = (at: Date): string => {
  const hour = at.getUTCHours();
  const clock = `${pad(hour % 12 || 12)}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`;
  return `${at.toISOString().slice(0, 10)} ${clock} ${hour < 12 ? "AM" : "PM"} UTC+0000`;
};

/** A tool's result is wrapped: the model is told how it went, and when. */
const wrapped = ({ status, tool_return: message }: Result, date: string): string =>
  JSON.stringify({ status: status === "success" ? "OK" : "Failed", message, time: toolTime(new Date(date)) }, null, 2);

const textOf = (parts: readonly WireMessage[]): string =>
  parts
    .filter(({ message_type }) => message_type === "assistant_message")
    .map(({ content }) => String(content))
    .join("");

const agentMessage = (parts: readonly WireMessage[]): ModelMessage => {
  const calls = parts.flatMap(({ tool_calls }) => (Array.isArray(tool_calls) ? (tool_calls as ToolCall[]) : []));
  const text = textOf(parts);
  return {
    role: "assistant",
    content: text === "" ? null : text,
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ name, arguments: args, tool_call_id: id }) => ({
            id,
            type: "function",
            function: { name, arguments: args },
          })),
        }),
  };
};

export const shownOf = ({ role, parts }: StoredMessage): readonly ModelMessage[] => {
  const [first] = parts;
  if (first === undefined) return [];
  if (role === "tool") {
    return (first["tool_returns"] as readonly Result[]).map((result) => ({
      role: "tool",
      tool_call_id: result.tool_call_id,
      content: wrapped(result, first.date),
    }));
  }
  if (first.message_type === "approval_response_message") return [];
  if (role === "user" || role === "system") {
    const { name } = first;
    return [{ role, content: contentOf(first["content"]), ...(name === null ? {} : { name }) }];
  }
  return [agentMessage(parts)];
};

/** What a model reads as the text of a message. */
export const readText = ({ content }: ModelMessage): string => {
  if (Array.isArray(content)) return content.map((part: { text?: string }) => part.text ?? "").join(" ");
  return typeof content === "string" ? content : "";
};
