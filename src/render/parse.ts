/** Reads Markdown as models write it into a tree. Any string is Markdown; what is no valid markup is text. */
import MarkdownIt, { type Token } from "markdown-it";
import { encoded } from "./address.ts";
import type { Alignment, Block, Cell, Document, Inline, Item } from "./document.ts";
import { useBlockRules } from "./rules-block.ts";
import { useInlineRules } from "./rules-inline.ts";

// Tags are text, addresses stay as they are written, and smart quotes are the writer's own.
const markdown = new MarkdownIt("default", { html: false, linkify: false, typographer: false, maxNesting: 40 });
markdown.normalizeLink = (url) => url;
useInlineRules(markdown);
useBlockRules(markdown);

/** Walks the library's flat list, in which an element is all that lies between its opening and its closing. */
type Walk = { readonly tokens: readonly Token[]; at: number; readonly references: ReadonlySet<string> };

const styles: Readonly<Record<string, "bold" | "italic" | "strike" | "spoiler">> = {
  strong_open: "bold",
  em_open: "italic",
  s_open: "strike",
  spoiler_open: "spoiler",
};

const plainText = (nodes: readonly Inline[]): string =>
  nodes
    .map((node) => {
      if (node.kind === "break") return " ";
      if (node.kind === "image") return node.alt;
      if (node.kind === "footnote") return `[^${node.label}]`;
      return "children" in node ? plainText(node.children) : node.text;
    })
    .join("");

const attribute = (token: Token, name: string): string => String(token.attrGet(name) ?? "");

const inlineOf = (token: Token, walk: Walk): Inline => {
  const style = styles[token.type];
  if (style) return { kind: style, children: inlines(walk) };
  switch (token.type) {
    case "link_open": {
      const href = attribute(token, "href");
      const children = inlines(walk);
      const label = plainText(children);
      const isBare =
        token.markup === "autolink" || (children.length === 1 && (label === href || encoded(label) === href));
      return isBare ? { kind: "address", text: label } : { kind: "link", href, children };
    }
    case "code_inline":
      return { kind: "code", text: token.content };
    case "math":
      return { kind: "math", text: token.content };
    case "address":
      return { kind: "address", text: token.content };
    case "softbreak":
    case "hardbreak":
      return { kind: "break" };
    case "footnote":
      return { kind: "footnote", label: token.content };
    case "image":
      return { kind: "image", href: attribute(token, "src"), alt: plainText(inlinesOf(token)) };
    default:
      return { kind: "text", text: token.content };
  }
};

/** What follows up to the closing of the element that was just opened, texts joined. */
const inlines = (walk: Walk): readonly Inline[] => {
  const found: Inline[] = [];
  while (walk.at < walk.tokens.length) {
    const token = walk.tokens[walk.at];
    walk.at += 1;
    if (!token || token.nesting === -1) break;
    const node = inlineOf(token, walk);
    // What is stressed and says nothing is not stressed.
    const isVoid = token.type in styles && "children" in node && plainText(node.children).trim() === "";
    for (const one of isVoid ? node.children : [node]) {
      const last = found.at(-1);
      if (one.kind !== "text") found.push(one);
      else if (last?.kind === "text") found[found.length - 1] = { kind: "text", text: last.text + one.text };
      else if (one.text !== "") found.push(one);
    }
  }
  return found;
};

const isBreak = (node: Inline | undefined): boolean => node?.kind === "break";

/** All inside a paragraph, without new lines at its ends. */
const inlinesOf = (token: Token | undefined): readonly Inline[] => {
  const found = inlines({ tokens: token?.children ?? [], at: 0, references: new Set() });
  let [start, end] = [0, found.length];
  while (start < end && isBreak(found[start])) start += 1;
  while (end > start && isBreak(found[end - 1])) end -= 1;
  return found.slice(start, end);
};

/** The text inside a paragraph-like block, and its closing. */
const content = (walk: Walk): readonly Inline[] => {
  const inline = walk.tokens[walk.at];
  walk.at += 2;
  return inlinesOf(inline);
};

const task = /^\[([ xX])\](?:\s+|$)/;

/** `[x] done` at the beginning of an item makes it a task. */
const itemOf = (children: readonly Block[]): Item => {
  const [first, ...others] = children;
  if (first?.kind !== "paragraph") return { children };
  const [text, ...rest] = first.children;
  const mark = text?.kind === "text" ? task.exec(text.text) : null;
  if (!mark || text?.kind !== "text") return { children };
  const left = text.text.slice(mark[0].length);
  const nodes = left === "" ? rest : [{ kind: "text" as const, text: left }, ...rest];
  return { done: mark[1] !== " ", children: [{ kind: "paragraph", children: nodes }, ...others] };
};

const listOf = (token: Token, walk: Walk): Block => {
  const items: Item[] = [];
  let tight = true;
  while (walk.tokens[walk.at]?.type === "list_item_open") {
    walk.at += 1;
    const first = walk.tokens[walk.at];
    if (first?.type === "paragraph_open" && !first.hidden) tight = false;
    items.push(itemOf(blocks(walk)));
  }
  walk.at += 1;
  const start = token.type === "ordered_list_open" ? Number(token.attrGet("start") ?? 1) : undefined;
  return { kind: "list", tight, items, ...(start === undefined ? {} : { start }) };
};

const alignmentOf = (token: Token | undefined): Alignment =>
  (/text-align:(left|center|right)/.exec(token ? attribute(token, "style") : "")?.[1] ?? undefined) as Alignment;

const tableOf = (walk: Walk): Block => {
  const rows: (readonly Cell[])[] = [];
  const align: Alignment[] = [];
  let row: Cell[] = [];
  for (; walk.at < walk.tokens.length && walk.tokens[walk.at]?.type !== "table_close"; walk.at += 1) {
    const token = walk.tokens[walk.at];
    if (token?.type === "tr_open") row = [];
    else if (token?.type === "tr_close") rows.push(row);
    else if (token?.type === "inline") row.push(inlinesOf(token));
    else if (token?.type === "th_open") align.push(alignmentOf(token));
  }
  walk.at += 1;
  const [head = [], ...body] = rows;
  return { kind: "table", align, head, rows: body };
};

const definition = /^\[((?:[^\]\\]|\\.)+)\]:\s*<?([^\s>]*)>?([^]*)$/;

/** Nothing, if something refers to the definition: it has done its work. */
const definitionOf = ({ content: source }: Token, { references }: Walk): readonly Block[] => {
  const [, label, href = "", title = ""] = definition.exec(source) ?? [];
  if (label === undefined) return [{ kind: "paragraph", children: [{ kind: "text", text: source }] }];
  if (references.has(href)) return [];
  const after: readonly Inline[] = title.trim() === "" ? [] : [{ kind: "text", text: ` ${title.trim()}` }];
  const children = [
    { kind: "text", text: `[${label}]: ` } as const,
    { kind: "address", text: href } as const,
    ...after,
  ];
  return [{ kind: "paragraph", children }];
};

/** What follows the language is settings; what is neither is said, as the first line. */
const fenceInfo = /^(?:([\w+#.-]{1,40})(?![^\s{]))?(?:\s*(?:\{.*|[\w-]+=.*))?$/;

const codeOf = ({ content: source, info }: Token): Block => {
  const match = fenceInfo.exec(info.trim());
  const language = match?.[1];
  const text = (match ? source : `${info.trim()}\n${source}`).replace(/\n+$/, "");
  if (text === "" && info !== "") return { kind: "code", text: info.trim() };
  return { kind: "code", text, ...(language === undefined ? {} : { language }) };
};

const blocksOf = (token: Token, walk: Walk): readonly Block[] => {
  switch (token.type) {
    case "paragraph_open":
      return [{ kind: "paragraph", children: content(walk) }];
    case "heading_open":
      return [{ kind: "heading", level: Number(token.tag.slice(1)), children: content(walk) }];
    case "note_open":
      return [{ kind: "note", label: token.info, children: content(walk) }];
    case "blockquote_open":
      return [{ kind: "quote", children: blocks(walk) }];
    case "bullet_list_open":
    case "ordered_list_open":
      return [listOf(token, walk)];
    case "table_open":
      return [tableOf(walk)];
    case "math_block":
      return [{ kind: "math", text: token.content }];
    case "hr":
      return [{ kind: "rule" }];
    case "definition":
      return definitionOf(token, walk);
    case "fence":
    case "code_block":
      return [codeOf(token)];
    default:
      return [];
  }
};

/** What follows up to the closing of the element that was just opened. */
const blocks = (walk: Walk): readonly Block[] => {
  const found: Block[] = [];
  while (walk.at < walk.tokens.length) {
    const token = walk.tokens[walk.at];
    walk.at += 1;
    if (!token || token.nesting === -1) break;
    found.push(...blocksOf(token, walk));
  }
  return found;
};

/** Without what no platform shows: half characters and control characters. */
const cleaned = (source: string): string =>
  source
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    // oxlint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F]/g, "");

const referred = (tokens: readonly Token[]): ReadonlySet<string> =>
  new Set(
    tokens
      .flatMap(({ children }) => children ?? [])
      .filter(({ type }) => type === "link_open" || type === "image")
      .map((token) => attribute(token, token.type === "image" ? "src" : "href")),
  );

export const parse = (source: string): Document => {
  const tokens = markdown.parse(cleaned(source), {});
  return blocks({ tokens, at: 0, references: referred(tokens) });
};
