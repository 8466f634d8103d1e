/** Sets what is set for a chat of the box, as whoever runs it would. */
import { Database } from "bun:sqlite";
import type { Box } from "./box.ts";

type Setting = "debounce_ms" | "reasoning" | "acknowledge" | "mode" | "ceiling";

/** The chat has to be there: somebody has written in it. */
export const setChat = (box: Box, chat: string, set: Readonly<Partial<Record<Setting, number | string>>>): void => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`);
  db.run("PRAGMA busy_timeout = 5000");
  const names = Object.keys(set);
  db.query(
    `INSERT INTO chat_settings (chat_id, owner, ${names.join(", ")})
     SELECT id, owner, ${names.map(() => "?").join(", ")} FROM chats WHERE key = ?
     ON CONFLICT DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`,
  ).run(...Object.values(set), `stub:${chat}`);
  db.close();
};
