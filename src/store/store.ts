/** Opens the database: migrate, start the writer, read beside it. */
import { type Db, databasePath, openForReading } from "./db.ts";
import { migrate } from "./migrate.ts";
import { openWriteQueue } from "./queue.ts";
import type { Writes } from "./writes.ts";

export type Store = {
  /** For queries; sees every write whose promise has resolved. */
  readonly db: Db;
  readonly write: Writes;
  /** The number of this start. */
  readonly boot: number;
  /** Resolves if nothing can be written any more. */
  readonly broken: Promise<void>;
  /** Waits for the writes under way, then closes. */
  close(): Promise<void>;
};

/** The caller holds the lock on `dataDir`. */
export const openStore = async (options: { readonly dataDir: string }): Promise<Store> => {
  migrate(options.dataDir);
  const path = databasePath(options.dataDir);
  const queue = await openWriteQueue(path);
  const boot = await queue.write.beginBoot();
  const db = openForReading(path);
  return {
    db,
    write: queue.write,
    boot,
    broken: queue.broken,
    close: async () => {
      db.$client.close();
      await queue.close();
    },
  };
};
