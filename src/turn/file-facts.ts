/** Outgoing files, whoever made them: what one is called, what it is, and which number it has. Pure. */
import { createHash } from "node:crypto";
import type { FileKind } from "../message.ts";

const mostNameChars = 120;

/** The last part of a path, without what no file system or platform takes. */
export const tidyName = (name: string): string => {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? "";
  const tidy = last
    .replaceAll(/[\p{C}<>:"|?*]+/gu, "")
    .trim()
    .replace(/^\.+/, "");
  const dot = tidy.lastIndexOf(".");
  const ending = dot > 0 && tidy.length - dot <= 12 ? tidy.slice(dot) : "";
  const stem = ending === "" ? tidy : tidy.slice(0, dot);
  return `${stem.slice(0, mostNameChars - ending.length).toWellFormed()}${ending}` || "file";
};

const anything = "application/octet-stream";

/** The type that was said, without what stands behind it, if it is one and says anything; else by the name's ending. */
export const typeOf = (name: string, said = ""): string => {
  const type = (said.split(";")[0] ?? "").trim().toLowerCase();
  const isType = /^[a-z]+\/[a-z0-9][a-z0-9.+_-]{0,80}$/.test(type);
  return isType && type !== anything ? type : (Bun.file(name).type.split(";")[0] ?? anything);
};

export const kindOf = (mime: string): FileKind => {
  const [kind] = mime.split("/");
  // What is drawn in words is no picture to a platform.
  if (mime === "image/svg+xml") return "document";
  return kind === "image" || kind === "audio" || kind === "video" ? kind : "document";
};

/**
 * The same file of the same turn or message has the same number, so that whoever stores it again after a kill leaves
 * none behind. `of` names it there.
 */
export const numberOf = (publicId: string, of: string): number =>
  1 + Number.parseInt(createHash("sha256").update(`${publicId}\0${of}`).digest("hex").slice(0, 12), 16);
