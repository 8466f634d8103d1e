/** `lettabox chat`: talks to an agent through the server that runs; the words appear as they come. */
import type { Flags } from "../config/config.ts";
import type { LiveEvent } from "../turn/live-event.ts";
import { configure } from "./configure.ts";
import { type Connection, connectToServer, readAnswer } from "./connect.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { configOptions, type Json, jsonOption, type Subcommand } from "./subcommand.ts";

type Given = Partial<Flags> & Json & { readonly agent?: string; readonly chat?: string };

/** What comes of a body until it ends, or is cut off. */
async function* readText(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) yield decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // The server was killed, or we hung up: in either case there is no more.
  }
}

/** The events of an SSE answer. */
async function* readEvents(response: Response): AsyncGenerator<LiveEvent> {
  let rest = "";
  for await (const text of readText(response)) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const data = frame.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice(6)) as LiveEvent;
    }
  }
}

/** One line of the terminal for what is not the answer itself. */
const remark = (event: LiveEvent): string | undefined => {
  if (event.type === "tool_call") return `[tool] ${event.toolName}`;
  if (event.type === "approval_request") return `[approval awaited] ${event.toolName}`;
  if (event.type === "retry") return `[waiting] ${event.reason}, next attempt in ${Math.ceil(event.delayMs / 1_000)} s`;
  return undefined;
};

/** Writes events as people read them. */
const createPrinter = (io: Io) => {
  let speaking: string | undefined;
  return async (event: LiveEvent): Promise<void> => {
    if (event.type === "assistant") {
      // What was said and lost stays on the screen.
      if (event.content === "") return;
      if (speaking !== undefined && speaking !== event.uuid) await io.out("\n\n");
      speaking = event.uuid;
      return io.out(event.content);
    }
    const line = remark(event);
    if (line !== undefined) await io.err(`${line}\n`);
    if (event.type !== "result") return;
    if (speaking !== undefined) await io.out("\n");
    if (!event.success) await io.err(`lettabox: ${event.error ?? "The turn failed."}\n`);
  };
};

const exitCodeOf = (result: Extract<LiveEvent, { type: "result" }>): ExitCode => {
  if (result.success) return exitCodes.ok;
  return result.errorCode === "interrupted" ? exitCodes.interrupted : exitCodes.failed;
};

/** Prints a turn to its end; undefined when the stream ended before. */
const watch = async (io: Io, response: Response, json: boolean): Promise<ExitCode | undefined> => {
  const print = json ? (event: LiveEvent) => io.out(`${JSON.stringify(event)}\n`) : createPrinter(io);
  for await (const event of readEvents(response)) {
    await print(event);
    if (event.type === "result") return exitCodeOf(event);
  }
  return undefined;
};

const ask = (connection: Connection, message: string, { agent, chat }: Given, abort: AbortSignal): Promise<Response> =>
  connection.request("/api/v1/chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ message, agent, chat }),
    signal: abort,
  });

export const chat: Subcommand<Given> = {
  usage: "chat <message...>",
  about: "send a message and watch the answer; Ctrl-C stops the turn",
  options: [
    ...configOptions,
    jsonOption,
    { flags: "--agent <name>", about: "which agent (default: the first)" },
    { flags: "--chat <name>", about: "a chat of its own by this name" },
  ],
  examples: [
    'lettabox chat "What do you remember of me?"',
    "lettabox chat --chat notes --json demo slow 5",
    "lettabox chat - < letter.txt",
  ],
  async run({ io, given, args }) {
    const connection = await connectToServer(await configure(io, given));
    // What stands on a command line can be read by everybody on the machine.
    const message = args.length === 1 && args[0] === "-" ? await io.input() : args.join(" ");
    const leaving = new AbortController();
    const response = await ask(connection, message, given, leaving.signal);
    if (!response.ok) await readAnswer(response);
    const turnId = response.headers.get("x-turn-id") ?? "";
    let asked = false;
    const off = io.onSignal(() => {
      // A second Ctrl-C does not wait for the turn's end.
      if (asked) leaving.abort();
      asked = true;
      // Whether it stops is seen in the stream; a server that cannot be asked is gone there too.
      connection.request(`/api/v1/turns/${turnId}/cancel`, { method: "POST" }).catch(() => undefined);
    });
    const code = await watch(io, response, given.json === true);
    off();
    if (code !== undefined) return code;
    if (leaving.signal.aborted) return exitCodes.interrupted;
    await io.err(`lettabox: The server went away. The message is kept; see: lettabox turns show ${turnId}\n`);
    return exitCodes.unavailable;
  },
};
