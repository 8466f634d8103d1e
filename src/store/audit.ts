/** The audit log: who let whom in, who closed what, who set what. */
import { and, desc, eq, lt } from "drizzle-orm";
import type { Db } from "./db.ts";
import { arg, prepared } from "./prepared.ts";
import { audit } from "./schema.ts";

export type AuditEntry = typeof audit.$inferSelect;

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

/** Newest first. */
export const listAudit = (
  db: Db,
  { before, limit, bot }: { readonly before: number; readonly limit: number; readonly bot?: number },
): readonly AuditEntry[] =>
  db
    .select()
    .from(audit)
    .where(and(lt(audit.id, before), bot === undefined ? undefined : eq(audit.botId, bot)))
    .orderBy(desc(audit.id))
    .limit(limit)
    .all();
