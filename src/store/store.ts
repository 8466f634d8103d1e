/** Opens the database: start the writer, migrate meanwhile, read beside it. */
import { type Db, databasePath, endWriting } from "./db.ts";
import { migrate } from "./migrate.ts";
import { startWriter } from "./queue.ts";
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
export const openStore = async ({ dataDir }: { readonly dataDir: string }): Promise<Store> => {
  const { open, write, broken, close: closeWriter } = startWriter();
  let db: Db | undefined;
  const close = async (): Promise<void> => {
    db?.$client.close();
    await closeWriter();
  };
  try {
    // The connection that migrated goes on reading: if the only one closed, SQLite would put its log away and begin another.
    db = endWriting(migrate(dataDir));
    const [, boot] = await Promise.all([open(databasePath(dataDir)), write.beginBoot()]);
    return { db, write, boot, broken, close };
  } catch (error) {
    await close();
    throw error;
  }
};
