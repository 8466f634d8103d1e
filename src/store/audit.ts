/** The audit log: who let whom in and who set what. */
import type { Db } from "./db.ts";
import { audit } from "./schema.ts";

export type AuditEntry = {
  readonly owner: string;
  readonly botId?: number | null;
  readonly chatId?: number | null;
  /** `person:<id>`, `token:<id>`, `claim`, `configuration` or `lettabox`. */
  readonly actor: string;
  readonly action: string;
  readonly subject?: string;
  /** What was set; never a message or a secret. */
  readonly detail?: string;
  readonly at: number;
};

/** Part of the transaction that does what is written down. */
export const writeAudit = (db: Db, entry: AuditEntry): void => {
  db.insert(audit)
    .values({
      ...entry,
      botId: entry.botId ?? null,
      chatId: entry.chatId ?? null,
      subject: entry.subject ?? null,
      detail: entry.detail ?? null,
    })
    .run();
};
