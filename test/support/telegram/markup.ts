/** The three parse modes, as strict about errors as the platform: an unclosed or unescaped sign is refused. */
import type { MessageEntity } from "grammy/types";
import { parseHtml } from "./html.ts";
import { parseMarkdown } from "./markdown.ts";
import { wrong } from "./refusal.ts";

export type Parsed = { readonly text: string; readonly entities: readonly MessageEntity[] };

export const parseMarkup = (raw: string, mode: string): Parsed => {
  switch (mode.toLowerCase()) {
    case "html":
      return parseHtml(raw);
    case "markdownv2":
      return parseMarkdown(raw, "new");
    case "markdown":
      return parseMarkdown(raw, "legacy");
    default:
      throw wrong("unsupported parse_mode");
  }
};
