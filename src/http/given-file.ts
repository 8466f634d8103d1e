/** The file of a form: what it is called and what it is to a person. */
import { createHash } from "node:crypto";
import { Fault } from "../errors.ts";
import type { FileKind } from "../message.ts";
import { kindOf, tidyName, typeOf } from "../turn/file-facts.ts";

export type GivenFile = {
  readonly name: string;
  readonly mime: string;
  readonly kind: FileKind;
  readonly bytes: Uint8Array;
  /** Tells other bytes under the same name apart. */
  readonly digest: string;
};

/** LettaBot's words for kinds. */
const kinds: Readonly<Record<string, FileKind>> = { image: "image", audio: "audio", file: "document" };
export const fileKinds = ["image", "file", "audio"] as const;

const wrong = (message: string, field = "file"): Fault => new Fault("bad_request", { message, field });

/** Without a word for it, a file is what its type says. */
const readKind = (kind: unknown): FileKind | undefined => {
  if (kind === undefined || kind === null || kind === "") return undefined;
  const known = typeof kind === "string" && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known) return known;
  throw wrong("kind must be image, file or audio", "kind");
};

/** What a page sends for a file that nobody chose. */
const isLeftOut = (file: Blob): boolean => file.size === 0 && (!("name" in file) || !file.name);

const nameOf = (file: Blob): string => tidyName("name" in file && typeof file.name === "string" ? file.name : "");

/** The one file of a form. Throws `bad_request`. */
export const readGivenFile = async (
  fields: Readonly<Record<string, unknown>>,
  files: readonly Blob[],
): Promise<GivenFile | undefined> => {
  if (fields["file"] !== undefined && fields["file"] !== null && fields["file"] !== "") {
    throw wrong("file must be a file in a multipart/form-data body");
  }
  const kind = readKind(fields["kind"]);
  const [file, more] = files.filter((one) => !isLeftOut(one));
  if (file === undefined) return undefined;
  if (more) throw wrong("A message may have one file");
  if (file.size === 0) throw wrong("file must not be empty");
  const name = nameOf(file);
  const mime = typeOf(name, file.type);
  const bytes = await file.bytes();
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { name, mime, kind: kind ?? kindOf(mime), bytes, digest };
};
