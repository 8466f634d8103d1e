/**
 * What came with the messages of a turn: fetched when it starts, never before, and shown to the agent as far as a model
 * can see it. Whatever cannot be shown is told in words; no file ever keeps a message from its agent.
 */
import { asFault, Fault } from "../errors.ts";
import type { FileRef, Image } from "../message.ts";
import { eventsOfTurn } from "../store/inbox.ts";
import { isText, readText } from "./documents.ts";
import { download } from "./download.ts";
import type { Seen, ToldFile } from "./envelope.ts";
import { createGate } from "./gate.ts";
import { fitPicture } from "./pictures.ts";
import { payloadOf } from "./request.ts";
import type { EngineDeps, Session } from "./session.ts";

export type Media = {
  /** By event. `failed` could not be fetched. */
  readonly seen: ReadonlyMap<number, Seen>;
  readonly failed: readonly FileRef[];
};

/** Downloads of all turns together: each is held in memory. */
const mostAtOnce = 4;
/** Larger pictures are not fetched. */
const mostPictureBytes = 20 * 1024 * 1024;
/** Of one turn; more would be too much to look at, and to store until it is answered. */
const mostPictures = 8;
/** Of those, when they are packed, together. */
const mostPackedBytes = 8 * 1024 * 1024;
/** Of a document so much is told, and of all those of a turn together. */
const mostTextBytes = 64 * 1024;
const mostTextBytesOfTurn = 128 * 1024;

const inWords = (note: string) => () => Promise.resolve({ note });

type Shown = { readonly image?: Image; readonly note?: string; readonly text?: string };

const isPicture = ({ kind, mime = "" }: FileRef): boolean => {
  if (mime === "image/svg+xml") return false;
  return kind === "image" ? !/^(video|application)\//.test(mime) : mime.startsWith("image/");
};

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** Why a file of a kind that nobody can look at is only named. */
const unseen = ({ kind }: FileRef): string => {
  if (kind === "voice") return "a voice message; what is said in it cannot be heard yet";
  if (kind === "audio") return "a recording; it cannot be heard yet";
  if (kind === "video") return "a video; it cannot be seen";
  if (kind === "sticker") return "a sticker that moves; it cannot be seen";
  return "not shown: only pictures and text files can be";
};

const tell = (file: FileRef, { note, text }: Shown): ToldFile => {
  const { name, mime, kind, bytes, seconds } = file;
  return {
    ...(name === undefined ? {} : { name }),
    ...(mime === undefined ? {} : { mime }),
    ...(kind === undefined ? {} : { kind }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(note === undefined ? {} : { note }),
    ...(text === undefined ? {} : { text }),
  };
};

/** What the person is told when something of theirs could not be had. */
export const describeFailed = (failed: readonly FileRef[]): string => {
  const [only] = failed;
  if (failed.length > 1)
    return `(${failed.length} files could not be fetched, so the agent has not seen them. Please send them again.)`;
  const what = only?.kind === "image" || only === undefined ? "picture" : "file";
  return `(The ${what} could not be fetched, so the agent has not seen it. Please send it again.)`;
};

export const createMedia = (deps: Pick<EngineDeps, "store" | "log">) => {
  const gate = createGate(mostAtOnce);
  /** One at a time: an open picture may take two hundred megabytes. */
  const opening = createGate(1);

  /** Fetches and looks at what came with a turn. Throws when the turn is interrupted or stopped meanwhile. */
  const gather = async (session: Session): Promise<Media> => {
    const { turn, delivery } = session;
    const channel = delivery.bot?.channel;
    const stop = new AbortController();
    session.stirred = () => session.cancelled && stop.abort();
    const abort = AbortSignal.any([session.abort.signal, stop.signal]);
    const failed: FileRef[] = [];
    let pictures = 0;
    let packedBytes = 0;
    let textBytes = 0;

    /** Only asked where the channel can. */
    const fetchFile = (file: FileRef, signal: AbortSignal): Promise<Response> =>
      channel?.download?.(file, signal) ?? Promise.reject(new Fault("internal"));

    const fetchWithin = (file: FileRef, most: number, mayCut: boolean) =>
      gate(() => {
        abort.throwIfAborted();
        return download(fetchFile, file, { most, mayCut, abort });
      });

    const showPicture = async (file: FileRef): Promise<Shown> => {
      const fetched = await fetchWithin(file, mostPictureBytes, false);
      if (fetched === "too-large") return { note: `not shown: larger than ${size(mostPictureBytes)}` };
      const fitted = await opening(() => fitPicture(fetched.bytes));
      if (typeof fitted === "string") return { note: `not shown: ${fitted}` };
      packedBytes += (fitted.data.length / 4) * 3;
      return packedBytes > mostPackedBytes ? { note: "not shown: the pictures are too many bytes" } : { image: fitted };
    };

    const showText = async (file: FileRef, most: number): Promise<Shown> => {
      const fetched = await fetchWithin(file, most, true);
      if (fetched === "too-large") return { note: "not shown: too large" };
      const text = readText(fetched.bytes, fetched.isCut);
      if (text === undefined) return { note: "not shown: it is not text in UTF-8" };
      return fetched.isCut ? { text, note: `only the first ${size(most)} of it` } : { text };
    };

    /** What to do about a file is decided in order, so that what is left out comes last. */
    const plan = (file: FileRef): (() => Promise<Shown>) => {
      if (isPicture(file)) {
        if (!channel?.download) return inWords("not shown: this channel cannot fetch files");
        if ((file.bytes ?? 0) > mostPictureBytes) return inWords(`not shown: larger than ${size(mostPictureBytes)}`);
        if (pictures >= mostPictures) return inWords(`not shown: only ${mostPictures} pictures are at a time`);
        pictures += 1;
        return () => showPicture(file);
      }
      if (isText(file)) {
        if (!channel?.download) return inWords("not shown: this channel cannot fetch files");
        const left = mostTextBytesOfTurn - textBytes;
        const most = Math.min(left, mostTextBytes);
        if (most <= 0) return inWords("not shown: there is too much to read at a time");
        textBytes += Math.min(most, file.bytes ?? most);
        return () => showText(file, most);
      }
      return inWords(unseen(file));
    };

    const show = async (file: FileRef, work: () => Promise<Shown>): Promise<Shown> => {
      try {
        return await work();
      } catch (error) {
        if (abort.aborted) throw error;
        deps.log.warn("media.failed", { turn: turn.publicId, bot: delivery.bot?.slug, fault: asFault(error) });
        failed.push(file);
        return { note: "not shown: it could not be fetched" };
      }
    };

    const entries = eventsOfTurn(deps.store.db, turn.id).map(async (event): Promise<[number, Seen]> => {
      const planned = payloadOf(event).files.map((file) => ({ file, work: plan(file) }));
      const shown = await Promise.all(planned.map(({ file, work }) => show(file, work)));
      return [
        event.id,
        {
          images: shown.flatMap(({ image }) => image ?? []),
          files: shown.map((one, index) => tell(planned[index]?.file ?? { id: "" }, one)),
        },
      ];
    });
    try {
      return { seen: new Map(await Promise.all(entries)), failed };
    } catch (error) {
      if (!abort.aborted) throw error;
      throw new Fault("stopping", { message: "The message was interrupted while its files were fetched." });
    } finally {
      session.stirred = () => undefined;
    }
  };

  return { gather };
};
