import type { Simulation } from "../simulation.ts";
import type { ContextRow, ConversationOf } from "../store/messages.ts";
import { messageDate, newId } from "../wire/ids.ts";
import { summaryMessage, type WireMessage } from "../wire/messages.ts";
import { shownOf, readText } from "./context.ts";
import { recompile } from "./prompt.ts";

/** Compaction: the model is shown a summary in the place of older messages, which stay in the history. */

export type Compacted = {
  readonly summary: string;
  /** What tells the model, and in mid-stream the client. */
  readonly message: WireMessage;
  readonly before: number;
  readonly after: number;
};

/** So many of the newest messages stay when not all are to go. */
const keptShare = 0.7;

/** A prompt, a message and an answer: what is left of so little is a summary alone. */
const shortest = 3;

const lineOf = ({ role, body }: ContextRow): readonly string[] =>
  shownOf({ role, parts: JSON.parse(body) as readonly WireMessage[] }).map(
    (message) => `[${message.role === "user" ? "MessageRole.user" : message.role}] ${readText(message)}`,
  );

/** As the scripted model sums up: it repeats the beginning of what it is shown. */
const summaryOf = (rows: readonly ContextRow[]): string => {
  const transcript = `<start_transcript>\n${rows.flatMap(lineOf).join("\n")}\n<end_transcript>\n. Generate the summary.`;
  return `Echo: ${transcript.slice(0, 200)}`;
};

/** Null when there is too little to compact. `everything` leaves nothing but the prompt. */
export const compact = (simulation: Simulation, where: ConversationOf, everything: boolean): Compacted | null => {
  const { store, now } = simulation;
  const rows = store.messages.context(where);
  const kept = everything || rows.length <= shortest ? 0 : Math.ceil((rows.length - 1) * keptShare);
  const old = rows.slice(1, rows.length - kept);
  // One message in the place of one saves nothing.
  if (old.length < 2) return null;
  const summary = summaryOf(old);
  const text = {
    type: "system_alert",
    message: `Note: prior messages have been hidden from view due to conversation memory constraints.\nThe following is a summary of the previous messages:\n ${summary}`,
    time: messageDate(now()),
  };
  const message = summaryMessage(newId("message"), now(), JSON.stringify(text, null, 2));
  store.commit(() => {
    store.messages.leaveContext(old.map(({ n }) => n));
    store.messages.append(where, [{ role: "user", parts: [message] }]);
    recompile(simulation, where);
  });
  return { summary, message, before: rows.length, after: rows.length - old.length + 1 };
};
