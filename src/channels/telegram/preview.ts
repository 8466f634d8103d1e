/**
 * What a chat sees while the agent works. In private chats it is a draft, which nobody has to remove; elsewhere a message
 * that is edited. The preview's id is `draft:<number>` or the message's number.
 */
import type { Shown } from "../channel.ts";
import { Fault } from "../../errors.ts";
import type { Address, Sent } from "../../message.ts";
import { isPrivate, messageOf, type Place, placeOf, targetOf } from "./address.ts";
import type { TelegramApi } from "./api.ts";
import { faultFromRejection, type Rejection } from "./faults.ts";
import { previewOf } from "../../render/preview.ts";
import { type Piece, rich } from "./format.ts";
import type { Quirks } from "./quirks.ts";
import { editWords, postWords } from "./send.ts";
import { simpler, wordsOfPiece } from "./words.ts";

/** A group takes 20 messages in a minute, and edits count. */
const groupEditMs = 3_000;
const privateEditMs = 1_000;
/** Chats whose last edit is remembered. */
const rememberedMax = 1_000;

const draftShape = /^draft:(\d{1,10})$/;

const nothing: Piece = { text: "…" };

/** The end of what was written, as far as one message holds it, and below it what the agent does now. */
export const pieceOf = ({ text, activity = "" }: Shown): Piece => {
  // Read by itself: it may end within a block of code, which what comes below must not fall into.
  const written = rich(previewOf(text)).at(-1);
  if (activity === "") return written ?? nothing;
  if (written && written.format !== "rich") return written;
  const doing = `*${activity.replace(/[\\*_`[\]<>~|$]/g, "\\$&")}*`;
  return rich([written?.text ?? "", doing].filter(Boolean).join("\n\n")).at(-1) ?? nothing;
};

export type PreviewDeps = { readonly api: TelegramApi; readonly quirks: Quirks; readonly now: () => number };

type PreviewOptions = { readonly previous?: string; readonly abort: AbortSignal };

type Last = { readonly text: string; readonly at: number };

export const createPreview = ({ api, quirks, now }: PreviewDeps) => {
  /** The last edit of each message that is a preview. */
  const edits = new Map<string, Last>();
  /** Until when a chat takes nothing. */
  const closedUntil = new Map<number, number>();
  let lastDraft = Math.floor(now() / 1_000) % 1_000_000_000;
  /** Servers that people run themselves may not know drafts. */
  let knowsDrafts = true;

  const note = (key: string, last: Last): void => {
    edits.delete(key);
    edits.set(key, last);
    const [oldest] = edits.keys();
    if (edits.size > rememberedMax && oldest !== undefined) edits.delete(oldest);
  };

  const fail = (place: Place, rejection: Rejection): never => {
    const fault = faultFromRejection(rejection);
    if (fault.retryAfterMs !== undefined) closedUntil.set(place.chat, now() + fault.retryAfterMs);
    throw fault;
  };

  const isClosed = ({ chat }: Place): boolean => {
    const until = closedUntil.get(chat) ?? 0;
    if (until <= now()) closedUntil.delete(chat);
    return until > now();
  };

  /** Pieces from the best form to the plainest, of each the end. */
  const forms = (piece: Piece): readonly Piece[] => {
    const next = simpler(piece).at(-1);
    const rest = next ? forms(next) : [];
    return quirks.avoids(piece) ? rest : [piece, ...rest];
  };

  const postDraft = (place: Place, draft: number, piece: Piece, abort: AbortSignal) => {
    const { chat_id, message_thread_id } = targetOf(place);
    const where = message_thread_id === undefined ? { chat_id } : { chat_id, message_thread_id };
    const common = { ...where, draft_id: draft, can_stop: true };
    const words = wordsOfPiece(piece);
    return "markdown" in words
      ? api.ask("sendRichMessageDraft", { ...common, rich_message: { markdown: words.markdown } }, { abort })
      : api.ask("sendMessageDraft", { ...common, ...words }, { abort });
  };

  /** Nothing when this server takes no drafts. */
  const draft = async (place: Place, piece: Piece, number: number, abort: AbortSignal): Promise<Sent | undefined> => {
    for (const form of forms(piece)) {
      const { rejection } = await postDraft(place, number, form, abort);
      if (!rejection) return { id: `draft:${number}` };
      if (rejection.status === 404 && form.format !== "rich") knowsDrafts = false;
      if (rejection.status !== 400 && rejection.status !== 404) fail(place, rejection);
    }
    return undefined;
  };

  const begin = async (to: Address, place: Place, piece: Piece, abort: AbortSignal): Promise<Sent> => {
    const reply = to.reply !== undefined && /^\d+$/.test(to.reply) ? messageOf(to.reply) : undefined;
    const extras = {
      ...targetOf(place),
      ...(reply === undefined ? {} : { reply_parameters: { message_id: reply, allow_sending_without_reply: true } }),
    };
    let last: Rejection = { status: 400 };
    for (const form of forms(piece)) {
      const { result, rejection } = await postWords(api, form, extras, abort);
      if (!rejection) {
        note(`${place.chat}/${result.message_id}`, { text: piece.text, at: now() });
        return { id: String(result.message_id) };
      }
      last = rejection;
      if (rejection.status !== 400 && rejection.status !== 404) break;
    }
    return fail(place, last);
  };

  const goOn = async (place: Place, message: number, piece: Piece, abort: AbortSignal): Promise<Sent> => {
    const key = `${place.chat}/${message}`;
    const last = edits.get(key);
    const spacing = place.chat > 0 ? privateEditMs : groupEditMs;
    // What is left out is shown with what comes next.
    const isTooSoon = last !== undefined && now() - last.at < spacing;
    if (isTooSoon || last?.text === piece.text) return { id: String(message) };
    note(key, { text: piece.text, at: now() });
    let rejected: Rejection = { status: 400 };
    for (const form of forms(piece)) {
      const { rejection } = await editWords(api, form, { ...targetOf(place), message_id: message }, abort);
      if (!rejection) return { id: String(message) };
      rejected = rejection;
      if (rejection.status !== 400 && rejection.status !== 404) break;
    }
    return fail(place, rejected);
  };

  return async (to: Address, shown: Shown, { previous, abort }: PreviewOptions): Promise<Sent> => {
    const place = placeOf(to);
    if (isClosed(place)) {
      if (previous !== undefined) return { id: previous };
      throw new Fault("send_limited", { retryAfterMs: (closedUntil.get(place.chat) ?? now()) - now() });
    }
    const piece = pieceOf(shown);
    const number = previous === undefined ? undefined : draftShape.exec(previous)?.[1];
    if (isPrivate(place) && (previous === undefined || number !== undefined) && knowsDrafts) {
      if (number === undefined) lastDraft += 1;
      const sent = await draft(place, piece, number === undefined ? lastDraft : Number(number), abort);
      if (sent) return sent;
    }
    if (previous === undefined || number !== undefined) return begin(to, place, piece, abort);
    return goOn(place, messageOf(previous), piece, abort);
  };
};
