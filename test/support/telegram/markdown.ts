/** Parse modes MarkdownV2 and the legacy one: every sign that means something has to be closed or escaped. */
import type { MessageEntity } from "grammy/types";
import type { Parsed } from "./markup.ts";
import { wrong } from "./refusal.ts";

const bad = (text: string) => wrong(`can't parse entities: ${text}`);

type Style = "new" | "legacy";

const signs: Readonly<Record<Style, readonly (readonly [sign: string, type: string])[]>> = {
  new: [
    ["```", "pre"],
    ["||", "spoiler"],
    ["__", "underline"],
    ["`", "code"],
    ["*", "bold"],
    ["_", "italic"],
    ["~", "strikethrough"],
  ],
  legacy: [
    ["```", "pre"],
    ["`", "code"],
    ["*", "bold"],
    ["_", "italic"],
  ],
};

const reserved = "_*[]()~`>#+-=|{}.!";

type Open = { readonly sign: string; readonly type: string; readonly offset: number; readonly language?: string };

/** Any sign of ASCII may be escaped. */
const isEscapable = (sign: string): boolean => sign !== "" && sign.charCodeAt(0) < 127;

/** A link after its text: its target, and where it ends. */
const readTarget = (raw: string, from: number): { readonly url: string; readonly next: number } => {
  let url = "";
  for (let place = from + 1; place < raw.length; place += 1) {
    if (raw[place] === ")") return { url, next: place + 1 };
    if (raw[place] === "\\") place += 1;
    url += raw[place] ?? "";
  }
  throw bad(`Can't find end of a URL at byte offset ${from}`);
};

export const parseMarkdown = (raw: string, style: Style): Parsed => {
  const open: Open[] = [];
  const entities: MessageEntity[] = [];
  let text = "";
  let place = 0;
  let quote: number | undefined;

  const close = (offset: number, rest: Readonly<Record<string, unknown>>): void => {
    if (text.length > offset) entities.push({ ...rest, offset, length: text.length - offset } as MessageEntity);
  };
  const isCode = (): boolean => ["pre", "code"].includes(open.at(-1)?.type ?? "");

  const take = (sign: string, type: string): void => {
    place += sign.length;
    const last = open.at(-1);
    if (last?.sign === sign) {
      open.pop();
      close(last.offset, { type, ...(last.language ? { language: last.language } : {}) });
      return;
    }
    if (style === "legacy" && last) throw bad(`Can't find end of the entity starting at byte offset ${last.offset}`);
    const language = sign === "```" ? /^(\w+)\n/u.exec(raw.slice(place))?.[1] : undefined;
    if (sign === "```" && raw[place + (language?.length ?? 0)] === "\n") place += (language?.length ?? 0) + 1;
    open.push({ sign, type, offset: text.length, ...(language ? { language } : {}) });
  };

  while (place < raw.length) {
    const sign = raw[place] ?? "";
    const isLineStart = place === 0 || raw[place - 1] === "\n";
    if (quote !== undefined && isLineStart && sign !== ">") {
      close(quote, { type: "blockquote" });
      quote = undefined;
    }
    const escaped = raw[place + 1] ?? "";
    if (sign === "\\" && (style === "new" ? isEscapable(escaped) : "_*`[".includes(escaped || " "))) {
      text += escaped;
      place += 2;
      continue;
    }
    const found = signs[style].find(([one]) => raw.startsWith(one, place));
    if (found && (!isCode() || open.at(-1)?.sign === found[0])) {
      take(...found);
    } else if (isCode()) {
      text += sign;
      place += 1;
    } else if (style === "new" && sign === ">" && isLineStart) {
      quote ??= text.length;
      place += 1;
    } else if (sign === "[") {
      open.push({ sign, type: "text_link", offset: text.length });
      place += 1;
    } else if (sign === "]" && open.at(-1)?.sign === "[") {
      const link = open.pop();
      if (raw[place + 1] !== "(") throw bad(`Character ']' is reserved at byte offset ${place}`);
      const { url, next } = readTarget(raw, place + 1);
      close(link?.offset ?? 0, { type: "text_link", url });
      place = next;
    } else if (style === "new" && reserved.includes(sign)) {
      throw bad(`Character '${sign}' is reserved and must be escaped with the preceding '\\'`);
    } else {
      text += sign;
      place += 1;
    }
  }
  if (quote !== undefined) close(quote, { type: "blockquote" });
  const unclosed = open.at(-1);
  if (unclosed) throw bad(`Can't find end of ${unclosed.type} entity at byte offset ${unclosed.offset}`);
  const sorted = entities.toSorted((left, right) => left.offset - right.offset || right.length - left.length);
  return { text, entities: sorted };
};
