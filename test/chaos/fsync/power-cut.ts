/**
 * A kill leaves what the system still had in its memory; a power cut does not. This cuts a killed server's log back to
 * what had been synced by then. The log alone is enough: it is synced before anything of it moves to the database.
 */
import { statSync, truncateSync } from "node:fs";
import { isLog, isSync, readTrace } from "./trace.ts";

const written = /, (\d+), (\d+)$/;

/** Bytes of the log that a power cut would have left. A log that is begun anew starts from its first byte. */
const lastingBytes = (trace: string, atStart: number): number => {
  let end = atStart;
  let lasting = atStart;
  for (const call of readTrace(trace)) {
    if (!isLog(call)) continue;
    const [, bytes, offset] = written.exec(call.text) ?? [];
    if (isSync(call)) lasting = end;
    else if (Number(offset) === 0) [end, lasting] = [Number(bytes), 0];
    else end = Math.max(end, Number(offset) + Number(bytes));
  }
  return lasting;
};

export const logBytes = (dataDir: string): number =>
  statSync(`${dataDir}/lettabox.sqlite-wal`, { throwIfNoEntry: false })?.size ?? 0;

/** `atStart`: what `logBytes` was before the traced server started. Answers how many bytes went. */
export const cutPower = (dataDir: string, trace: string, atStart: number): number => {
  const left = logBytes(dataDir);
  const lasting = Math.min(left, lastingBytes(trace, atStart));
  if (lasting < left) truncateSync(`${dataDir}/lettabox.sqlite-wal`, lasting);
  return left - lasting;
};
