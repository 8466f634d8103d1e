/** Files that an agent makes: checked, named and stored before anything in the database speaks of them. */
import { asFault } from "../errors.ts";
import type { FileRef } from "../message.ts";
import type { NewFile } from "../store/files.ts";
import { kindOf, numberOf } from "./file-facts.ts";
import { takeInlineFiles } from "./inline-files.ts";
import type { Words } from "./offer.ts";
import { durably, type EngineDeps, interruption, type Session } from "./session.ts";

/** A file as the agent gave it. */
export type MadeFile = { readonly name: string; readonly mime: string; readonly bytes: Uint8Array };

export type Kept = { readonly ref: FileRef; readonly row: NewFile };

/** How large a file may be in this chat; 0 where none can be sent. */
export const largestFile = ({ turn, delivery }: Session): number =>
  turn.muted || turn.trigger === "api" ? 0 : (delivery.bot?.channel.limits.fileBytes ?? 0);

/**
 * Stores the bytes, tried again while the disk is full. `of` names the file inside its turn. Throws when
 * they cannot be.
 */
export const keepMade = async (deps: EngineDeps, session: Session, made: MadeFile, of: string): Promise<Kept> => {
  const { name, mime, bytes } = made;
  const id = numberOf(session.turn.publicId, of);
  await durably(deps, session, () => deps.keepFile(id, bytes));
  const row = { id, name, mime, bytes: bytes.length };
  return { row, ref: { id: String(id), kind: kindOf(mime), name, mime, bytes: bytes.length } };
};

type Said = { readonly kind: "assistant" | "reasoning"; readonly uuid: string; readonly text: string };

/** What a chat gets of something the agent said: pictures that travel in its words become files of the reply. */
export const toReply = async (
  deps: EngineDeps,
  session: Session,
  { kind, uuid, text }: Said,
): Promise<{ readonly reply: Words; readonly files: readonly NewFile[] }> => {
  if (kind === "reasoning") return { reply: { text, aside: true }, files: [] };
  const most = largestFile(session);
  const taken = most === 0 ? { text, made: [] } : takeInlineFiles(text, most);
  const kept: Kept[] = [];
  let words = taken.text;
  for (const [index, made] of taken.made.entries()) {
    try {
      kept.push(await keepMade(deps, session, made, `${uuid}/${index}`));
    } catch (error) {
      if (interruption(session) === "drain") throw error;
      deps.log.warn("turn.file-failed", { turn: session.turn.publicId, fault: asFault(error) });
      words += "\n\n(A picture could not be stored, and is not sent.)";
    }
  }
  if (kept.length === 0) return { reply: { text: words }, files: [] };
  return { reply: { text: words, files: kept.map(({ ref }) => ref) }, files: kept.map(({ row }) => row) };
};
