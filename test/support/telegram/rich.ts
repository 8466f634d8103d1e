/** Rich messages: one source, within the documented limits, and roughly the blocks that their members see. */
import type { RichBlock, RichMessage } from "grammy/types";
import { wrong } from "./refusal.ts";

export type RichSource = {
  readonly markdown?: string | undefined;
  readonly html?: string | undefined;
  readonly blocks?: readonly unknown[] | undefined;
  readonly media?: readonly { readonly id: string; readonly media: unknown }[] | undefined;
  readonly is_rtl?: boolean | undefined;
  readonly skip_entity_detection?: boolean | undefined;
};

export const richMax = 32_768;
const blocksMax = 500;
const mediaMax = 50;
const columnsMax = 20;
const depthMax = 16;

type Piece = { readonly kind: "heading" | "code" | "item" | "row" | "quote" | "line" | "media"; readonly text: string };

const pieces: readonly (readonly [Piece["kind"], RegExp])[] = [
  ["heading", /^ {0,3}#{1,6} +(.*)$/u],
  ["item", /^ *(?:[-*+]|\d+[.)]) +(.*)$/u],
  ["row", /^ *\|(.*)\| *$/u],
  ["quote", /^ *> ?(.*)$/u],
  ["media", /^ *!\[.*\]\((.*)\) *$/u],
];

const pieceOf = (line: string): Piece => {
  for (const [kind, pattern] of pieces) {
    const found = pattern.exec(line);
    if (found) return { kind, text: found[1] ?? "" };
  }
  return { kind: "line", text: line };
};

/** Markdown cut into what counts as a block: a paragraph, a fence, an item, a row, a quotation. */
const cut = (markdown: string): readonly Piece[] => {
  const found: Piece[] = [];
  let fence: string | undefined;
  let isBroken = true;
  for (const line of markdown.split("\n")) {
    const marker = /^ {0,3}(`{3,}|~{3,})/u.exec(line)?.[1];
    if (fence !== undefined) {
      if (marker?.startsWith(fence) && line.trim() === marker) fence = undefined;
      else found.push({ kind: "code", text: `${found.pop()?.text ?? ""}${line}\n` });
      continue;
    }
    if (marker !== undefined) {
      fence = marker;
      found.push({ kind: "code", text: "" });
      isBroken = true;
      continue;
    }
    const piece = pieceOf(line);
    const last = found.at(-1);
    const isJoined = !isBroken && last?.kind === piece.kind && (piece.kind === "line" || piece.kind === "quote");
    if (line.trim() === "") isBroken = true;
    else {
      if (isJoined) found.push({ kind: piece.kind, text: `${found.pop()?.text ?? ""}\n${piece.text}` });
      else found.push(piece);
      isBroken = false;
    }
  }
  return found;
};

const depthOf = (value: unknown): number => {
  if (Array.isArray(value)) return Math.max(0, ...value.map(depthOf));
  return value !== null && typeof value === "object" ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
};

const countBlocks = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countBlocks(one), 0);
  if (value === null || typeof value !== "object") return 0;
  return ("type" in value ? 1 : 0) + Object.values(value).reduce<number>((sum, one) => sum + countBlocks(one), 0);
};

const words = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(words);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, one]) => (key === "type" ? [] : words(one)));
};

const blockOf = ({ kind, text }: Piece): RichBlock =>
  (kind === "heading"
    ? { type: "section_heading", text, level: 1 }
    : { type: kind === "code" ? "preformatted" : "paragraph", text }) as unknown as RichBlock;

const tooBig = (what: string) => wrong(`RICH_MESSAGE_INVALID: ${what}`);

const checkMarkdown = (markdown: string): readonly RichBlock[] => {
  const found = cut(markdown);
  if (found.length > blocksMax) throw tooBig(`${found.length} blocks`);
  const wide = found.filter(({ kind, text }) => kind === "row" && text.split(/(?<!\\)\|/u).length > columnsMax);
  if (wide.length > 0) throw tooBig("too many columns");
  const media = found.filter(({ kind }) => kind === "media");
  if (media.length > mediaMax) throw tooBig("too many media");
  if (media.some(({ text }) => !/^(?:https?|tg):\/\//u.test(text.trim()))) throw tooBig("media must be http(s) URLs");
  const deep = found.filter(({ kind }) => kind === "item").length > 0 && /^ {64,}[-*+] /mu.test(markdown);
  if (deep) throw tooBig("too many levels");
  return found.map(blockOf);
};

/** What a member reads of it: the source, or the texts of its blocks. */
export const richText = ({ markdown, html, blocks }: RichSource): string =>
  markdown ?? html ?? words(blocks).join("\n");

export const readRich = (source: RichSource): RichMessage => {
  const given = [source.markdown, source.html, source.blocks].filter((one) => one !== undefined);
  if (given.length !== 1) throw tooBig("exactly one of blocks, html and markdown must be used");
  const text = richText(source);
  if (!text.isWellFormed()) throw wrong("strings must be encoded in UTF-8");
  if (text.trim() === "") throw wrong("message text is empty");
  if ([...text].length > richMax) throw wrong("message is too long");
  if ((source.media?.length ?? 0) > mediaMax) throw tooBig("too many media");
  const bound = new Set(source.media?.map(({ id }) => id));
  for (const [, id = ""] of text.matchAll(/tg:\/\/(?:photo|video|document|audio)\?id=([\w-]+)/gu)) {
    if (!bound.has(id)) throw tooBig(`there is no media ${id}`);
  }
  const right = source.is_rtl === true ? { is_rtl: true } : {};
  if (source.markdown !== undefined) return { blocks: [...checkMarkdown(source.markdown)], ...right };
  if (source.blocks === undefined) return { blocks: [blockOf({ kind: "line", text })], ...right };
  const count = countBlocks(source.blocks);
  if (count > blocksMax) throw tooBig(`${count} blocks`);
  if (depthOf(source.blocks) > depthMax) throw tooBig("too many levels");
  return { blocks: source.blocks as RichBlock[], ...right };
};

/** Whether it asks the platform to fetch something from the net. */
export const fetches = (source: RichSource): boolean =>
  /!\[[^\]]*\]\(https?:|<(?:img|video|audio|tg-document)\b[^>]*src=["']?https?:/iu.test(richText(source)) ||
  /"https?:/u.test(JSON.stringify(source.media ?? []));
