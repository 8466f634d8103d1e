/** Files that were sent, by either side. One too big to hold is only said to have its size. */
import { createHash } from "node:crypto";
import { missing, refusal } from "./refusal.ts";

export type StoredFile = {
  readonly id: string;
  readonly uniqueId: string;
  readonly path: string;
  readonly name: string;
  readonly mime: string;
  readonly size: number;
  readonly bytes: Uint8Array;
};

export type NewFile = {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly mime: string;
  readonly folder: string;
  /** Said instead of the true size. */
  readonly size?: number | undefined;
};

const downloadMax = 20 * 1024 * 1024;
export const uploadMax = 50 * 1024 * 1024;
export const photoMax = 10 * 1024 * 1024;

const hash = (text: Uint8Array | string): string => createHash("sha256").update(text).digest("base64url");

export const createFiles = () => {
  const files = new Map<string, StoredFile>();
  let count = 0;
  return {
    add: ({ bytes, name, mime, folder, size = bytes.length }: NewFile): StoredFile => {
      count += 1;
      const extension = folder === "voice" ? "oga" : (/\.(\w+)$/u.exec(name)?.[1] ?? "bin");
      const stored = {
        id: `BQ${hash(`${count}`).slice(0, 40)}`,
        uniqueId: `AQ${hash(bytes).slice(0, 14)}`,
        path: `${folder}/file_${count}.${extension}`,
        name,
        mime,
        size,
        bytes,
      };
      files.set(stored.id, stored);
      return stored;
    },
    get: (id: string): StoredFile => {
      const found = files.get(id);
      if (!found) throw missing("wrong file_id or the file is temporarily unavailable");
      return found;
    },
    has: (id: string): boolean => files.has(id),
    /** What may be downloaded. */
    open: (id: string): StoredFile => {
      const found = files.get(id);
      if (!found) throw missing("wrong file_id or the file is temporarily unavailable");
      if (found.size > downloadMax) throw refusal(400, "file is too big", "request");
      return found;
    },
    at: (path: string): StoredFile | undefined => [...files.values()].find((one) => one.path === path),
  };
};

export type Files = ReturnType<typeof createFiles>;
