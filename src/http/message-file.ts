/** The file of a message: stored before the message is, so that no row ever speaks of bytes that are not there. */
import { asFault, Fault } from "../errors.ts";
import type { FileRef } from "../message.ts";
import type { NewFile } from "../store/files.ts";
import type { AcceptedMessage } from "../store/messages.ts";
import { numberOf } from "../turn/file-facts.ts";
import type { HttpDeps } from "./context.ts";
import type { GivenFile } from "./given-file.ts";

export type MessageFile = { readonly row: NewFile; readonly ref: FileRef; readonly bytes: Uint8Array };

/** `most` is what the chat's platform takes. Throws `bad_request` where that is nothing, `body_too_large` where it is less. */
export const demandRoom = ({ bytes: { length } }: GivenFile, most: number): void => {
  if (most === 0) throw new Fault("bad_request", { message: "No files can be sent here", field: "file" });
  if (length <= most) return;
  const message = `The file has ${length} bytes, and at most ${most} can be sent here.`;
  throw new Fault("body_too_large", { message, field: "file" });
};

export const fileOfMessage = (publicId: string, { name, mime, kind, bytes }: GivenFile): MessageFile => {
  const id = numberOf(publicId, "file");
  const row = { id, name, mime, bytes: bytes.length };
  return { row, ref: { ...row, id: String(id), kind }, bytes };
};

/** Accepts a message whose file is on disk by then. What is not accepted leaves none. */
export const acceptWithFile = async (
  { files, log }: HttpDeps,
  { row, bytes }: MessageFile,
  accept: () => Promise<AcceptedMessage>,
): Promise<AcceptedMessage> => {
  /** Best effort: what is left lying is found by the janitor. */
  const discard = (): Promise<void> =>
    files.remove(row.id).catch((error: unknown) => log.warn("message.file-left", { fault: asFault(error) }));
  await files.keep(row.id, bytes);
  let accepted: AcceptedMessage;
  try {
    accepted = await accept();
  } catch (error) {
    // Where it is not certain that no row was written, the janitor looks before it removes anything.
    if (asFault(error).code === "storage_full") await discard();
    throw error;
  }
  if (!accepted.isNew) await discard();
  return accepted;
};
