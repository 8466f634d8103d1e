/** What people write and send. Each answers the message as it stands in the chat. */
import type { Message, MessageEntity } from "grammy/types";
import { detect } from "./entities.ts";
import type { StoredFile } from "./files.ts";
import { shown } from "./methods/media.ts";
import type { Finders } from "./people.ts";
import { envelope, quoted, type Room, store, type World } from "./world.ts";

/** Where and how it is said; in the private chat with the bot unless `chat` is set. */
export type Said = {
  readonly from: number;
  readonly chat?: number;
  readonly bot?: number;
  readonly thread?: number;
  readonly replyTo?: number;
  /** A part of the message that is replied to. */
  readonly quote?: string;
  /** Forwarded from this person. */
  readonly forwardedFrom?: number;
};

export type Spoken = Said & {
  readonly text: string;
  /** Instead of those that the platform finds. */
  readonly entities?: readonly MessageEntity[];
  /** Begins with the bot's name. */
  readonly mention?: boolean;
};

export type Attached = Said & {
  readonly caption?: string;
  /** Its bytes, or text for them; a byte unless set. */
  readonly data?: Uint8Array | string;
  readonly name?: string;
  readonly mime?: string;
  /** Said instead of its true size, for files that are too big to be made. */
  readonly size?: number;
  readonly duration?: number;
};

type Kind = "photo" | "document" | "voice" | "audio" | "video" | "video_note" | "sticker";

const usual: Readonly<Record<Kind, readonly [folder: string, name: string, mime: string]>> = {
  photo: ["photos", "photo.jpg", "image/jpeg"],
  document: ["documents", "notes.txt", "text/plain"],
  voice: ["voice", "voice.oga", "audio/ogg"],
  audio: ["music", "song.mp3", "audio/mpeg"],
  video: ["videos", "video.mp4", "video/mp4"],
  video_note: ["video_notes", "note.mp4", "video/mp4"],
  sticker: ["stickers", "sticker.webp", "image/webp"],
};

const bytesOf = (data: Uint8Array | string | undefined): Uint8Array =>
  typeof data === "string" ? new TextEncoder().encode(data) : (data ?? new Uint8Array(1));

const replied = (room: Room, { replyTo, quote }: Said): Partial<Message> => {
  const stored = replyTo === undefined ? undefined : room.messages.get(replyTo);
  if (!stored) return {};
  const original = quoted(stored) as NonNullable<Message["reply_to_message"]>;
  if (quote === undefined) return { reply_to_message: original };
  const position = (stored.message.text ?? stored.message.caption ?? stored.source ?? "").indexOf(quote);
  return { reply_to_message: original, quote: { text: quote, position: Math.max(0, position), is_manual: true } };
};

const worded = (text: string, given?: readonly MessageEntity[]): Pick<Message, "text" | "entities"> => {
  const entities = given ?? detect(text);
  return { text, ...(entities.length > 0 && { entities: [...entities] }) };
};

const captioned = (caption: string | undefined): Partial<Message> => {
  if (caption === undefined) return {};
  const entities = detect(caption);
  return { caption, ...(entities.length > 0 && { caption_entities: [...entities] }) };
};

export const createSaying = (world: World, find: Finders) => {
  let albums = 0;

  const forwarded = ({ forwardedFrom }: Said, date: number): Partial<Message> =>
    forwardedFrom === undefined
      ? {}
      : { forward_origin: { type: "user", date, sender_user: find.person(forwardedFrom) } };

  const put = (said: Said, content: Partial<Message>): Message => {
    const { from, chat = from, bot, thread } = said;
    const user = find.person(from);
    const room = find.room(chat, bot);
    const owner = room.bot;
    if (owner !== undefined && room.standings.get(owner) === "kicked")
      throw new Error("who blocked a bot does not write to it");
    const standing = room.standings.get(from) ?? "left";
    const isAway = standing === "left" || standing === "kicked";
    if (room.kind !== "private" && isAway) throw new Error(`${from} is not in chat ${chat}`);
    if (room.kind === "channel" && standing === "member") throw new Error("only administrators post in a channel");
    if (room.migratedTo !== undefined) throw new Error("nobody writes in a group that was upgraded");
    if (thread !== undefined && !room.topics.has(thread)) throw new Error(`there is no topic ${thread}`);
    const base = envelope(world, room, user, thread);
    const message: Message = { ...base, ...forwarded(said, base.date), ...replied(room, said), ...content };
    store(world, room, message);
    find.deliver(room, "message", message);
    return message;
  };

  const keep = (kind: Kind, { data, name, mime, size }: Attached): StoredFile => {
    const [folder, usualName, usualMime] = usual[kind];
    return world.files.add({ bytes: bytesOf(data), name: name ?? usualName, mime: mime ?? usualMime, folder, size });
  };

  const fileOf = (kind: Kind, attached: Attached): Partial<Message> => {
    const file = keep(kind, attached);
    const base = { file_id: file.id, file_unique_id: file.uniqueId, file_size: file.size };
    if (kind === "video_note") return { video_note: { ...base, length: 240, duration: attached.duration ?? 1 } };
    if (kind === "sticker") {
      const looks = { type: "regular", width: 512, height: 512, is_animated: false, is_video: false } as const;
      return { sticker: { ...base, ...looks, emoji: attached.caption ?? "🙂" } };
    }
    if (kind !== "photo") return shown(kind, file, attached.duration);
    const small = keep(kind, { from: attached.from });
    const thumbnail = {
      file_id: small.id,
      file_unique_id: small.uniqueId,
      file_size: small.size,
      width: 90,
      height: 90,
    };
    return { photo: [thumbnail, { ...base, width: 800, height: 800 }] };
  };

  const send = (kind: Kind, attached: Attached): Message => {
    const caption = kind === "video_note" || kind === "sticker" ? {} : captioned(attached.caption);
    return put(attached, { ...fileOf(kind, attached), ...caption });
  };

  return {
    say: (said: Spoken): Message => {
      const { text, entities, mention = false, bot } = said;
      return put(said, worded(mention ? `@${find.bot(bot).user.username} ${text}` : text, entities));
    },
    photo: (attached: Attached): Message => send("photo", attached),
    document: (attached: Attached): Message => send("document", attached),
    voice: (attached: Attached): Message => send("voice", attached),
    audio: (attached: Attached): Message => send("audio", attached),
    video: (attached: Attached): Message => send("video", attached),
    videoNote: (attached: Attached): Message => send("video_note", attached),
    sticker: (attached: Attached): Message => send("sticker", attached),
    /** Several photos and videos at once: one message each, that share a group. */
    album: (said: Said & { readonly caption?: string; readonly count: number }): readonly Message[] => {
      albums += 1;
      const media_group_id = `2${String(albums).padStart(16, "0")}`;
      return Array.from({ length: said.count }, (_, place) => {
        const attached = { ...said, data: `photo ${place}` };
        return put(said, {
          ...fileOf("photo", attached),
          ...(place === 0 ? captioned(said.caption) : {}),
          media_group_id,
        });
      });
    },
    location: (said: Said & { readonly latitude: number; readonly longitude: number }): Message =>
      put(said, { location: { latitude: said.latitude, longitude: said.longitude } }),
    contact: (said: Said & { readonly phone: string; readonly name: string }): Message =>
      put(said, { contact: { phone_number: said.phone, first_name: said.name } }),
    /** Changes the text, or the caption, of what was said before. */
    edit: (said: Pick<Said, "from" | "chat" | "bot"> & { readonly id: number; readonly text: string }): Message => {
      const { from, chat = from, bot, id, text } = said;
      const room = find.room(chat, bot);
      const stored = room.messages.get(id);
      if (stored?.message.from?.id !== from) throw new Error(`${from} did not say message ${id}`);
      const { entities: _old, caption_entities: _older, ...kept } = stored.message;
      const next = stored.message.text === undefined ? captioned(text) : worded(text);
      stored.message = { ...kept, ...next, edit_date: Math.floor(world.clock.now() / 1000) };
      world.changed();
      find.deliver(room, "edited_message", stored.message);
      return stored.message;
    },
    /** People delete without telling bots. */
    erase: (said: Pick<Said, "from" | "chat" | "bot"> & { readonly id: number }): void => {
      find.room(said.chat ?? said.from, said.bot).messages.delete(said.id);
      world.changed();
    },
  };
};
