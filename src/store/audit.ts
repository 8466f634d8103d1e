/** The audit log: who let whom in, who closed what, who set what. */
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { audit } from "./schema.ts";

export type AuditAction =
  | "operator.claimed"
  | "operator.removed"
  | "access.granted"
  | "access.denied"
  | "access.revoked"
  | "access.blocked"
  | "group.admitted"
  | "group.denied"
  | "group.left"
  | "agent.chosen"
  | "setting.changed";

const insertAudit = prepared((db) =>
  db
    .insert(audit)
    .values({
      owner: arg("owner"),
      botId: arg("bot"),
      chatId: arg("chat"),
      actor: arg("by"),
      action: arg("action"),
      subject: arg("subject"),
      detail: arg("detail"),
      at: arg("at"),
    })
    .prepare(),
);

/** Part of the transaction that does it. `by` is `person:<id>`, `token:<id>` or `claim`. */
export const putAudit = (
  db: Db,
  entry: {
    readonly bot: number;
    readonly chat?: number;
    readonly by: string;
    readonly action: AuditAction;
    readonly subject: string;
    readonly detail?: string;
    readonly at: number;
  },
): void => {
  const { chat = null, detail = null, ...rest } = entry;
  insertAudit(db).run({ owner: "house", chat, detail, ...rest });
};
