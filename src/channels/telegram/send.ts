/**
 * One attempt at one part. What Telegram does not take as it is, is said in a simpler form in the same attempt, so that
 * no reply is lost to a mark that it does not understand. That may make several messages of a part: which of them were
 * taken is remembered, so that the next attempt goes on with the rest.
 */
import type { SendOptions } from "../channel.ts";
import { asFault, Fault } from "../../errors.ts";
import type { Address, FileRef, Part, Sent } from "../../message.ts";
import { messageOf, type Place, placeOf, targetOf } from "./address.ts";
import type { Answer, TelegramApi } from "./api.ts";
import { faultFromRejection, type Rejection } from "./faults.ts";
import type { Piece } from "./format.ts";
import { keyboardOf } from "./keyboard.ts";
import { captionMax } from "./limits.ts";
import { sendFile } from "./outgoing-file.ts";
import { simpler, wordsOfPiece } from "./words.ts";
import type { Quirks } from "./quirks.ts";

export type SendDeps = {
  readonly api: TelegramApi;
  readonly openFile: (file: FileRef) => Promise<Blob>;
  readonly quirks: Quirks;
};

/** What is still to be said of a part. */
type Rest = {
  readonly file: FileRef | undefined;
  /** Beside the file. */
  readonly caption: Piece | undefined;
  readonly pieces: readonly Piece[];
  /** The last message that was taken. */
  readonly sent: number | undefined;
};

/** Parts of which only a beginning was taken. One that is given up for dead stays until others push it out. */
const rememberedMax = 500;
/** The part itself was sent by then, which is not known to anybody yet. */
const removeTimeoutMs = 5_000;

const restOf = (part: Part): Rest => {
  const { text, file } = part;
  const piece: Piece = part;
  if (file === undefined) return { file, caption: undefined, pieces: [piece], sent: undefined };
  const isCaption = text.length <= captionMax && piece.format !== "rich";
  const pieces = isCaption || text === "" ? [] : [piece];
  return { file, caption: isCaption ? piece : undefined, pieces, sent: undefined };
};

/** Parameters that any message of the part may have. */
const extrasOf = (place: Place, to: Address, isFirst: boolean, isLast: boolean, part: Part) => {
  const reply = isFirst && to.reply !== undefined && /^\d+$/.test(to.reply) ? Number(to.reply) : undefined;
  const keyboard = isLast ? keyboardOf(part.choices) : undefined;
  return {
    ...targetOf(place),
    ...(reply === undefined ? {} : { reply_parameters: { message_id: reply, allow_sending_without_reply: true } }),
    ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
  };
};

type Extras = ReturnType<typeof extrasOf>;

/** Asks for one message with these words. */
export const postWords = (api: TelegramApi, piece: Piece, extras: Extras, abort: AbortSignal) => {
  const words = wordsOfPiece(piece);
  if ("markdown" in words) {
    return api.ask("sendRichMessage", { ...extras, rich_message: { markdown: words.markdown } }, { abort });
  }
  return api.ask("sendMessage", { ...extras, ...words, link_preview_options: { is_disabled: true } }, { abort });
};

/** Asks for a message to become these words. */
export const editWords = async (
  api: TelegramApi,
  piece: Piece,
  extras: Omit<Extras, "reply_parameters"> & { readonly message_id: number },
  abort: AbortSignal,
): Promise<Answer<number>> => {
  const words = wordsOfPiece(piece);
  const said =
    "markdown" in words
      ? { rich_message: { markdown: words.markdown } }
      : { ...words, link_preview_options: { is_disabled: true } };
  const { message_thread_id: _thread, direct_messages_topic_id: _topic, ...where } = extras;
  const { rejection } = await api.ask("editMessageText", { ...where, ...said }, { abort });
  return rejection === undefined || rejection.unchanged ? { result: extras.message_id } : { rejection };
};

/** It was not taken because of what it looks like, as far as can be told. */
const isFormTrouble = ({ status, movedTo }: Rejection, { format }: Piece): boolean =>
  movedTo === undefined && (status === 400 || (status === 404 && format === "rich"));

/** An edit that was done twice is done once, so that one whose answer was lost may be tried again. */
const asEdit = (error: unknown): Fault => {
  const fault = asFault(error);
  return fault.code === "send_lost" ? new Fault("send_unreachable", { cause: fault }) : fault;
};

export const createSend = ({ api, openFile, quirks }: SendDeps) => {
  const unfinished = new Map<string, Rest>();

  const remember = (sendKey: string, rest: Rest): void => {
    unfinished.set(sendKey, rest);
    const [oldest] = unfinished.keys();
    if (unfinished.size > rememberedMax && oldest !== undefined) unfinished.delete(oldest);
  };

  /** A preview that did not become the part. Best effort: at worst both stay in the chat. */
  const removePreview = async (place: Place, message: number, abort: AbortSignal): Promise<void> => {
    const options = { abort, timeoutMs: removeTimeoutMs };
    await api.ask("deleteMessage", { chat_id: place.chat, message_id: message }, options).catch(() => undefined);
  };

  /** Says one piece, or answers what is to be said instead. */
  const say = async (piece: Piece, extras: Extras, abort: AbortSignal): Promise<number | readonly Piece[]> => {
    const { result, rejection } = await postWords(api, piece, extras, abort);
    if (!rejection) {
      quirks.took(piece);
      return result.message_id;
    }
    const instead = isFormTrouble(rejection, piece) ? simpler(piece) : [];
    if (instead.length === 0) throw faultFromRejection(rejection);
    quirks.refused(piece, rejection);
    return instead;
  };

  /** Turns the preview into the piece; nothing when it has to be sent anew. */
  const turn = async (
    message: number,
    piece: Piece,
    extras: Extras,
    abort: AbortSignal,
  ): Promise<number | undefined> => {
    const { reply_parameters: _reply, ...rest } = extras;
    const edited = editWords(api, piece, { ...rest, message_id: message }, abort);
    const { result, rejection } = await edited.catch((error: unknown) => {
      throw asEdit(error);
    });
    if (!rejection) return result;
    if (rejection.status === 400 && rejection.movedTo === undefined) return undefined;
    throw faultFromRejection(rejection);
  };

  return async (to: Address, part: Part, { sendKey, replaces, abort }: SendOptions): Promise<Sent> => {
    const place = placeOf(to);
    if (place.guest) throw new Fault("send_refused", { message: "Guests may only answer once." });
    let rest = unfinished.get(sendKey) ?? restOf(part);
    // A draft goes by itself when a message comes.
    let preview =
      replaces !== undefined && rest.sent === undefined && /^\d+$/.test(replaces) ? messageOf(replaces) : undefined;
    const extrasFor = (isLast: boolean) => extrasOf(place, to, rest.sent === undefined, isLast, part);
    try {
      if (rest.file) {
        const words = rest.caption && wordsOfPiece(rest.caption);
        const file = { file: rest.file, words, rest: extrasFor(rest.pieces.length === 0) };
        const sent = await sendFile({ api, openFile }, file, abort);
        rest = { ...rest, file: undefined, caption: undefined, sent };
      }
      for (let [piece, ...after] = rest.pieces; piece; [piece, ...after] = rest.pieces) {
        if (quirks.avoids(piece)) {
          rest = { ...rest, pieces: [...simpler(piece), ...after] };
          continue;
        }
        const extras = extrasFor(after.length === 0);
        const edited =
          preview !== undefined && rest.sent === undefined ? await turn(preview, piece, extras, abort) : undefined;
        if (edited !== undefined) preview = undefined;
        const said = edited ?? (await say(piece, extras, abort));
        rest =
          typeof said === "number" ? { ...rest, pieces: after, sent: said } : { ...rest, pieces: [...said, ...after] };
      }
    } catch (error) {
      if (rest.sent !== undefined) remember(sendKey, rest);
      throw asFault(error);
    }
    unfinished.delete(sendKey);
    if (preview !== undefined) await removePreview(place, preview, abort);
    if (rest.sent === undefined) throw new Fault("send_refused", { message: "There was nothing to say." });
    return { id: String(rest.sent) };
  };
};
