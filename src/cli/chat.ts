/** `lettabox chat`: talks to an agent through the server that runs; the words appear as they come. */
import type { Config } from "../config.ts";
import type { LiveEvent } from "../turn/live-event.ts";
import { connectToServer, readAnswer } from "./connect.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";

export type ChatOptions = { readonly agent?: string; readonly chat?: string; readonly json?: boolean };

/** The events of an SSE answer. */
async function* readEvents(response: Response): AsyncGenerator<LiveEvent> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const data = frame.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice(6)) as LiveEvent;
    }
  }
}

/** One line of the terminal for what is not the answer itself. */
const remark = (event: LiveEvent): string | undefined => {
  if (event.type === "tool_call") return `[tool] ${event.toolName}`;
  if (event.type === "retry") return `[waiting] ${event.reason}, next attempt in ${Math.ceil(event.delayMs / 1_000)} s`;
  return undefined;
};

const show = async (io: Io, events: AsyncGenerator<LiveEvent>): Promise<ExitCode> => {
  let speaking: string | undefined;
  for await (const event of events) {
    if (event.type === "assistant") {
      if (speaking !== undefined && speaking !== event.uuid) await io.out("\n\n");
      speaking = event.uuid;
      await io.out(event.content);
      continue;
    }
    const line = remark(event);
    if (line !== undefined) await io.err(`${line}\n`);
    if (event.type === "result") {
      if (speaking !== undefined) await io.out("\n");
      if (event.success) return exitCodes.ok;
      await io.err(`lettabox: ${event.error ?? "The turn failed."}\n`);
      return event.errorCode === "interrupted" ? exitCodes.interrupted : exitCodes.failed;
    }
  }
  await io.err("lettabox: The server went away. The message is kept; see: lettabox turns list\n");
  return exitCodes.unavailable;
};

export const chat = async (io: Io, config: Config, message: string, options: ChatOptions): Promise<ExitCode> => {
  const connection = await connectToServer(config);
  const { agent, chat: name } = options;
  const body = JSON.stringify({
    message,
    ...(agent === undefined ? {} : { agent }),
    ...(name === undefined ? {} : { chat: name }),
  });
  const response = await connection.request("/api/v1/chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body,
  });
  if (!response.ok) await readAnswer(response);
  const turnId = response.headers.get("x-turn-id") ?? "";
  let asked = false;
  const off = io.onSignal(() => {
    // A second Ctrl-C leaves the turn alone and the terminal at once.
    if (asked) return off();
    asked = true;
    void connection.request(`/api/v1/turns/${turnId}/cancel`, { method: "POST" });
  });
  try {
    if (!options.json) return await show(io, readEvents(response));
    let code: ExitCode = exitCodes.unavailable;
    for await (const event of readEvents(response)) {
      await io.out(`${JSON.stringify(event)}\n`);
      if (event.type === "result") code = event.success ? exitCodes.ok : exitCodes.failed;
    }
    return code;
  } finally {
    off();
  }
};
