/** Files of a bot: how big they may be, and what they say. */
import type { Message } from "grammy/types";
import { formatCaption } from "../entities.ts";
import { photoMax, type StoredFile, uploadMax } from "../files.ts";
import type { Arguments } from "../parameters.ts";
import { missing, refusal, wrong } from "../refusal.ts";
import { type Call, uploadOf } from "./call.ts";
import { type Content, post } from "./post.ts";

type Captioned = {
  readonly caption?: string | undefined;
  readonly parse_mode?: string | undefined;
  readonly caption_entities?: Parameters<typeof formatCaption>[1]["entities"];
};

const captionOf = (args: Captioned): Partial<Message> => {
  const markup = { parse_mode: args.parse_mode, entities: args.caption_entities };
  const { text: caption, entities } = formatCaption(args.caption ?? "", markup);
  return caption === "" ? {} : { caption, ...(entities.length > 0 && { caption_entities: [...entities] }) };
};

const folders: Readonly<Record<string, string>> = {
  photo: "photos",
  document: "documents",
  voice: "voice",
  audio: "music",
  video: "videos",
};

const read = (call: Call, field: string, value: string): StoredFile => {
  const { files } = call.world;
  const upload = uploadOf(call, field, value);
  if (upload) {
    const { bytes, name, mime } = upload;
    if (bytes.length === 0) throw wrong("file must be non-empty");
    if (bytes.length > uploadMax) throw refusal(413, "", "request");
    if (field === "photo" && bytes.length > photoMax) throw wrong("file is too big for a photo");
    return files.add({ bytes, name, mime, folder: folders[field] ?? "documents" });
  }
  if (files.has(value)) return files.get(value);
  if (/^https?:/u.test(value)) {
    call.world.fetched.push(value);
    return files.add({ bytes: new Uint8Array(1), name: "fetched", mime: "", folder: folders[field] ?? "documents" });
  }
  throw missing("wrong remote file identifier specified: can't unserialize it");
};

const base = ({ id, uniqueId, size }: StoredFile) => ({ file_id: id, file_unique_id: uniqueId, file_size: size });

const named = (file: StoredFile) => ({
  ...base(file),
  ...(file.name && { file_name: file.name }),
  ...(file.mime && { mime_type: file.mime }),
});

/** The file as a message shows it. */
export const shown = (kind: string, file: StoredFile, duration = 1): Partial<Message> => {
  switch (kind) {
    case "photo":
      return { photo: [{ ...base(file), width: 800, height: 800 }] };
    case "voice":
      return { voice: { ...base(file), duration, mime_type: file.mime || "audio/ogg" } };
    case "audio":
      return { audio: { ...named(file), duration } };
    case "video":
      return { video: { ...named(file), duration, width: 640, height: 360 } };
    default:
      return { document: named(file) };
  }
};

const content = (
  call: Call,
  kind: string,
  value: string,
  args: Captioned & { duration?: number | undefined },
): Content => {
  const caption = captionOf(args);
  const file = read(call, kind, value);
  return { fields: { ...shown(kind, file, args.duration), ...caption }, text: caption.caption ?? "" };
};

export const sendPhoto = (call: Call, args: Arguments<"sendPhoto">): Message =>
  post(call, args, () => content(call, "photo", args.photo, args));

export const sendDocument = (call: Call, args: Arguments<"sendDocument">): Message =>
  post(call, args, () => content(call, "document", args.document, args));

export const sendVoice = (call: Call, args: Arguments<"sendVoice">): Message =>
  post(call, args, () => content(call, "voice", args.voice, args));

export const sendAudio = (call: Call, args: Arguments<"sendAudio">): Message =>
  post(call, args, () => content(call, "audio", args.audio, args));

/** Photos and videos mix; documents and music keep to themselves. */
export const sendMediaGroup = (call: Call, args: Arguments<"sendMediaGroup">): readonly Message[] => {
  const kinds = new Set(args.media.map(({ type }) => (type === "video" ? "photo" : type)));
  if (kinds.size > 1) throw wrong("different types of media can't be mixed in an album");
  const group = `1${String(call.world.taken.length).padStart(16, "0")}`;
  const contents = args.media.map((one) => content(call, one.type, one.media, one));
  return contents.map((one) => post(call, args, () => ({ ...one, fields: { ...one.fields, media_group_id: group } })));
};

export const getFile = ({ world }: Call, { file_id }: Arguments<"getFile">) => {
  const file = world.files.open(file_id);
  return { ...base(file), file_path: file.path };
};
