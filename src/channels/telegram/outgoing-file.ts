/** A file as the message it makes: a picture, a voice message, a piece of music, or a document, which anything may be. */
import { InputFile } from "grammy/web";
import { Fault } from "../../errors.ts";
import type { FileRef } from "../../message.ts";
import type { Arguments, TelegramApi } from "./api.ts";
import { faultFromRejection } from "./faults.ts";
import { limits } from "./limits.ts";
import type { Words } from "./words.ts";

type Way = "photo" | "voice" | "audio" | "document";

const pictureMaxBytes = 10 * 1024 * 1024;
const timeoutMs = 55_000;

const usualNames: Readonly<Record<Way, string>> = {
  photo: "picture.jpg",
  voice: "voice.ogg",
  audio: "audio.mp3",
  document: "file",
};

/** From the best to what is always taken. Telegram refuses odd pictures, and people may refuse voice messages. */
const waysOf = ({ kind, mime = "" }: FileRef, bytes: number): readonly Way[] => {
  if (kind === "image" && bytes <= pictureMaxBytes && !/gif|svg/.test(mime)) return ["photo", "document"];
  if (kind === "voice") return ["voice", "audio", "document"];
  return kind === "audio" ? ["audio", "document"] : ["document"];
};

type Rest = Omit<Arguments<"sendDocument">, "document">;

const post = (api: TelegramApi, way: Way, file: InputFile, rest: Rest, abort: AbortSignal) => {
  const options = { abort, timeoutMs };
  switch (way) {
    case "photo":
      return api.ask("sendPhoto", { ...rest, photo: file }, options);
    case "voice":
      return api.ask("sendVoice", { ...rest, voice: file }, options);
    case "audio":
      return api.ask("sendAudio", { ...rest, audio: file }, options);
    case "document":
      return api.ask("sendDocument", { ...rest, document: file }, options);
  }
};

const captionOf = (words: Words | undefined) =>
  words === undefined || "markdown" in words || words.text === ""
    ? {}
    : { caption: words.text, caption_entities: words.entities };

export type OutgoingFile = {
  readonly file: FileRef;
  /** Said beside it. */
  readonly words: Words | undefined;
  readonly rest: Rest;
};

/** Answers the message's number. */
export const sendFile = async (
  deps: { readonly api: TelegramApi; readonly openFile: (file: FileRef) => Promise<Blob> },
  { file, words, rest }: OutgoingFile,
  abort: AbortSignal,
): Promise<number> => {
  const blob = await deps.openFile(file);
  if (blob.size > limits.fileBytes)
    throw new Fault("send_refused", { message: "The file is larger than bots may send (50 MB)." });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let fault = new Fault("send_refused");
  for (const way of waysOf(file, bytes.byteLength)) {
    const upload = new InputFile(bytes, file.name ?? usualNames[way]);
    const { result, rejection } = await post(deps.api, way, upload, { ...rest, ...captionOf(words) }, abort);
    if (!rejection) return result.message_id;
    fault = faultFromRejection(rejection);
    if (fault.code !== "send_refused" || rejection.status === 403) throw fault;
  }
  throw fault;
};
