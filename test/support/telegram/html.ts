/** Parse mode HTML: the documented tags and entities, everything else is an error. */
import type { MessageEntity } from "grammy/types";
import type { Parsed } from "./markup.ts";
import { wrong } from "./refusal.ts";

const bad = (text: string) => wrong(`can't parse entities: ${text}`);

const plainTags: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  code: "code",
  pre: "pre",
};

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

const lastCodePoint = 0x10ffff;

const decode = (text: string): string =>
  text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/giu, (whole, name: string) => {
    if (!name.startsWith("#")) return named[name] ?? whole;
    const code = Number(name.slice(1).replace(/^x/iu, "0x"));
    return code <= lastCodePoint ? String.fromCodePoint(code) : whole;
  });

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "iu").exec(tag);
  const value = found?.[1] ?? found?.[2] ?? found?.[3];
  return value === undefined ? undefined : decode(value);
};

/** What an opening tag makes; nothing for one that only changes its parent. */
const entityOf = (name: string, tag: string): Readonly<Record<string, unknown>> => {
  const plain = plainTags[name];
  if (plain !== undefined) return { type: plain };
  if (name === "span" && attribute(tag, "class") === "tg-spoiler") return { type: "spoiler" };
  if (name === "blockquote") return { type: /\sexpandable\b/u.test(tag) ? "expandable_blockquote" : "blockquote" };
  if (name === "a") return { type: "text_link", url: attribute(tag, "href") ?? "" };
  if (name === "tg-emoji") return { type: "custom_emoji", custom_emoji_id: attribute(tag, "emoji-id") ?? "" };
  if (name === "tg-time") {
    const format = attribute(tag, "format") ?? "";
    return { type: "date_time", unix_time: Number(attribute(tag, "unix")), date_time_format: format };
  }
  throw bad(`Unsupported start tag "${name}"`);
};

type Open = { readonly name: string; readonly offset: number; readonly made: Readonly<Record<string, unknown>> };

/** `pre` that holds one `code` with a language is one entity. */
const withLanguage = (entities: readonly MessageEntity[], languages: ReadonlyMap<number, string>): MessageEntity[] =>
  entities.flatMap((entity): MessageEntity[] => {
    const isInPre = entities.some(
      (other) => other.type === "pre" && other.offset === entity.offset && other.length === entity.length,
    );
    if (entity.type === "code" && isInPre) return [];
    const language = entity.type === "pre" ? languages.get(entity.offset) : undefined;
    return [entity.type === "pre" && language !== undefined ? { ...entity, language } : entity];
  });

export const parseHtml = (raw: string): Parsed => {
  const open: Open[] = [];
  const entities: MessageEntity[] = [];
  const languages = new Map<number, string>();
  let text = "";
  for (const [piece, tag] of raw.matchAll(/<([^>]*)>|[^<]+|</gu)) {
    if (tag === undefined) {
      if (piece === "<") throw bad("Unclosed start tag");
      text += decode(piece);
      continue;
    }
    const name = (/^\/?([a-z-]+)/iu.exec(tag)?.[1] ?? "").toLowerCase();
    if (!tag.startsWith("/")) {
      const made = entityOf(name, tag);
      const language = name === "code" ? attribute(tag, "class") : undefined;
      if (language?.startsWith("language-") && open.at(-1)?.name === "pre")
        languages.set(text.length, language.slice(9));
      open.push({ name, offset: text.length, made });
      continue;
    }
    const last = open.pop();
    if (last?.name !== name) throw bad(`Unmatched end tag, expected "</${last?.name ?? ""}>", found "</${name}>"`);
    const length = text.length - last.offset;
    if (length > 0) entities.push({ ...last.made, offset: last.offset, length } as MessageEntity);
  }
  const unclosed = open.at(-1);
  if (unclosed) throw bad(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  const sorted = entities.toSorted((left, right) => left.offset - right.offset || right.length - left.length);
  return { text, entities: withLanguage(sorted, languages) };
};
