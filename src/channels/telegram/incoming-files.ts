/** The files of a message: what they are, and by what they are fetched. */
import type { Message, PhotoSize } from "grammy/types";
import type { FileKind, FileRef } from "../../message.ts";

/** What agents take of an image, and what they see of it at most. */
const imageMaxBytes = 5 * 1024 * 1024;
const imageSide = 1_568;

const side = ({ width, height }: PhotoSize): number => Math.max(width, height);

/** The smallest size that shows all an agent can see, else the largest; never one that agents do not take. */
export const bestPhoto = (sizes: readonly PhotoSize[]): PhotoSize | undefined => {
  const fitting = sizes
    .filter(({ file_size = 0 }) => file_size <= imageMaxBytes)
    .toSorted((left, right) => side(left) - side(right));
  return fitting.find((size) => side(size) >= imageSide) ?? fitting.at(-1) ?? sizes[0];
};

type Told = {
  readonly file_id: string;
  readonly file_size?: number;
  readonly file_name?: string;
  readonly mime_type?: string;
  readonly duration?: number;
};

const file = (kind: FileKind, told: Told, mime = told.mime_type): FileRef => ({
  id: told.file_id,
  kind,
  ...(told.file_name === undefined ? {} : { name: told.file_name }),
  ...(mime === undefined ? {} : { mime }),
  ...(told.file_size === undefined ? {} : { bytes: told.file_size }),
  ...(told.duration === undefined ? {} : { seconds: told.duration }),
});

/** An image that was sent as a file, so that it keeps its pixels, is an image all the same. */
const kindOfDocument = (mime = ""): FileKind => (/^image\/(jpeg|png|gif|webp)$/.test(mime) ? "image" : "document");

type Files = Pick<Message, "animation" | "audio" | "document" | "photo" | "sticker" | "video" | "video_note" | "voice">;

export const filesOf = (message: Files): readonly FileRef[] => {
  const { animation, audio, document, photo, sticker, video, video_note: note, voice } = message;
  const best = photo && bestPhoto(photo);
  const files: FileRef[] = [];
  if (best) files.push(file("image", best, "image/jpeg"));
  if (voice) files.push(file("voice", voice, voice.mime_type ?? "audio/ogg"));
  if (audio) files.push(file("audio", audio));
  if (video) files.push(file("video", video));
  if (note) files.push(file("video", note, "video/mp4"));
  // Of moving stickers there is nothing that could be looked at; its emoji says what it means.
  if (sticker && !sticker.is_animated && !sticker.is_video) files.push(file("sticker", sticker, "image/webp"));
  // An animation is told twice, as a document for old programs.
  if (animation) files.push(file("video", animation));
  else if (document) files.push(file(kindOfDocument(document.mime_type), document));
  return files;
};
