/** Files of agents and programs on their way out: their bytes lie in the data directory under the id of their row, until they are pruned. */
import { join } from "node:path";
import { Fault } from "../errors.ts";
import type { FileRef } from "../message.ts";

const pathOf = (dataDir: string, id: string): string => join(dataDir, "files", id);

/** Opens outgoing files of this data directory. Throws `send_refused` when the bytes are gone. */
export const createOpenFile =
  (dataDir: string) =>
  async (file: FileRef): Promise<Blob> => {
    // Ids are row numbers: what came from anywhere else is no path of ours.
    const bytes = /^\d+$/.test(file.id) ? Bun.file(pathOf(dataDir, file.id)) : undefined;
    if (bytes && (await bytes.exists())) return bytes;
    throw new Fault("send_refused", { message: "The file is not kept any more." });
  };
