/** Facts about the database itself. */
import { eq } from "drizzle-orm";
import type { Db } from "./db.ts";
import { meta } from "./schema.ts";

export const readMeta = (db: Db, key: string): string | undefined =>
  db.select({ value: meta.value }).from(meta).where(eq(meta.key, key)).get()?.value;

export const writeMeta = (db: Db, args: { readonly key: string; readonly value: string }): void => {
  db.insert(meta)
    .values(args)
    .onConflictDoUpdate({ target: meta.key, set: { value: args.value } })
    .run();
};

/** The number of this start. Leases carry it, so a restart knows at once which rows its predecessor held. */
export const beginBoot = (db: Db): number => {
  const boot = Number(readMeta(db, "boot") ?? 0) + 1;
  writeMeta(db, { key: "boot", value: String(boot) });
  return boot;
};
