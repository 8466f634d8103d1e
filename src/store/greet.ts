/** What newcomers are told once, before anything that the agent says. */
import type { Chat } from "./bindings.ts";
import type { Db } from "./db.ts";
import { putOutbox } from "./outbox.ts";

export type Greeting = {
  /** JSON `Part` each. */
  readonly parts: readonly string[];
  /** JSON `Address`. */
  readonly address: string;
  readonly deadlineAt: number;
};

/** Part of the transaction that accepts their first message. */
export const greet = (db: Db, { parts, address, deadlineAt }: Greeting, chat: Chat, at: number): void => {
  const rows = parts.map((part, index) => ({
    owner: chat.owner,
    botId: chat.botId,
    chatId: chat.id,
    turnId: null,
    kind: "message" as const,
    address,
    part,
    sendKey: `newcomer-${chat.id}-${at}/${index}`,
    deadlineAt,
    replaces: null,
  }));
  putOutbox(db, rows, at);
};
