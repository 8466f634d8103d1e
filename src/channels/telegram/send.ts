/**
 * One attempt at one message. What Telegram does not take as it is, is said in a simpler form in the same attempt, so that
 * no reply is lost to a mark that it does not understand. A simpler form may be several messages: then the first is said,
 * and the others are the rest of the part.
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

/** The part itself was sent by then, which is not known to anybody yet. */
const removeTimeoutMs = 5_000;

/** One message was taken; `after` is still to be said, the last of it with the choices of the part. */
const taken = (message: number, after: readonly Piece[], { choices }: Part): Sent => {
  const id = String(message);
  if (after.length === 0) return { id };
  const isLast = (index: number): boolean => index === after.length - 1;
  return { id, rest: after.map((piece, index) => (choices && isLast(index) ? { ...piece, choices } : piece)) };
};

/** Parameters that any message may have. */
const extrasOf = (place: Place, to: Address, choices: Part["choices"]) => {
  const reply = to.reply !== undefined && /^\d+$/.test(to.reply) ? Number(to.reply) : undefined;
  const keyboard = keyboardOf(choices);
  return {
    ...targetOf(place),
    ...(reply === undefined ? {} : { reply_parameters: { message_id: reply, allow_sending_without_reply: true } }),
    ...(keyboard === undefined ? {} : { reply_markup: keyboard }),
  };
};

type Extras = ReturnType<typeof extrasOf>;

/** The message that shows the preview. A draft is none: it goes by itself when a message comes. */
const previewIn = ({ replaces }: SendOptions): number | undefined =>
  replaces !== undefined && /^\d+$/.test(replaces) ? messageOf(replaces) : undefined;

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
  /** A preview that did not become the part. */
  const removePreview = async (place: Place, message: number, abort: AbortSignal): Promise<void> => {
    const options = { abort, timeoutMs: removeTimeoutMs };
    // Best effort: the part is sent, and an error would send it again. At worst the preview stays beside it.
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

  const sendWithFile = async (to: Address, part: Part, file: FileRef, options: SendOptions): Promise<Sent> => {
    const { abort } = options;
    const { file: _file, choices, ...piece } = part;
    const place = placeOf(to);
    const preview = previewIn(options);
    const isCaption = piece.text.length <= captionMax && piece.format !== "rich";
    const extras = extrasOf(place, to, isCaption ? choices : undefined);
    const words = isCaption ? wordsOfPiece(piece) : undefined;
    const sent = await sendFile({ api, openFile }, { file, words, rest: extras }, abort);
    if (preview !== undefined) await removePreview(place, preview, abort);
    return taken(sent, isCaption ? [] : [piece], part);
  };

  const sendWords = async (to: Address, part: Part, options: SendOptions): Promise<Sent> => {
    const { abort } = options;
    const place = placeOf(to);
    const preview = previewIn(options);
    let pieces: readonly Piece[] = [part];
    for (let [piece, ...after] = pieces; piece; [piece, ...after] = pieces) {
      if (quirks.avoids(piece)) {
        pieces = [...simpler(piece), ...after];
        continue;
      }
      const extras = extrasOf(place, to, after.length === 0 ? part.choices : undefined);
      const edited = preview === undefined ? undefined : await turn(preview, piece, extras, abort);
      const said = edited ?? (await say(piece, extras, abort));
      if (typeof said !== "number") {
        pieces = [...said, ...after];
        continue;
      }
      if (preview !== undefined && edited === undefined) await removePreview(place, preview, abort);
      return taken(said, after, part);
    }
    throw new Fault("send_refused", { message: "There was nothing to say." });
  };

  return async (to: Address, part: Part, options: SendOptions): Promise<Sent> => {
    if (placeOf(to).guest) throw new Fault("send_refused", { message: "Guests may only answer once." });
    return part.file ? sendWithFile(to, part, part.file, options) : sendWords(to, part, options);
  };
};
