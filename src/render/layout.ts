/** Lays a document out as text with spans, for platforms that know words in bold but no headings, lists or tables. */
import type { Block, Document, Inline, List, Table } from "./document.ts";
import { hang, join, plain, type Styled, wrap } from "./styled.ts";
import { layTable } from "./table.ts";

export type LayoutOptions = {
  /** Whether the platform can hide this address behind words. Where not, it is written out. */
  readonly linkable: (href: string) => boolean;
  /** Whether quotes are shown by a span, not by a mark before each line. */
  readonly quotes: boolean;
  /** How many characters of code stand in a line of a small screen. */
  readonly tableWidth?: number;
};

const layLink = (href: string, label: Styled, { linkable }: LayoutOptions): Styled => {
  if (label.text.trim() === "") return plain(href);
  if (linkable(href)) return wrap(label, { style: "link", href });
  if (href === "" || href.startsWith("#") || href === label.text || href === `mailto:${label.text}`) return label;
  return join([label, plain(` (${href})`)]);
};

/** An image is never fetched. One that lies in the address itself cannot be shown at all. */
const layImage = (href: string, alt: string, options: LayoutOptions): Styled => {
  const label = plain(alt.trim() === "" ? "image" : alt);
  return /^data:/i.test(href) ? label : layLink(href, label, options);
};

const layInline = (node: Inline, options: LayoutOptions): Styled => {
  switch (node.kind) {
    case "text":
    case "address":
      return plain(node.text);
    case "break":
      return plain("\n");
    case "code":
    case "math":
      return wrap(plain(node.text), { style: "code" });
    case "link":
      return layLink(node.href, layInlines(node.children, options), options);
    case "image":
      return layImage(node.href, node.alt, options);
    case "footnote":
      return plain(`[${node.label}]`);
    default:
      return wrap(layInlines(node.children, options), { style: node.kind });
  }
};

const layInlines = (nodes: readonly Inline[], options: LayoutOptions): Styled =>
  join(nodes.map((node) => layInline(node, options)));

const layList = ({ items, start, tight }: List, options: LayoutOptions, depth: number): Styled =>
  join(
    items.map(({ done, children }, index) => {
      const bullet = start === undefined ? "•" : `${start + index}.`;
      const box = done === undefined ? "" : done ? "☑" : "☐";
      const marker = start === undefined && box !== "" ? box : [bullet, box].join(" ").trim();
      return hang(
        layBlocks(children, options, tight ? "\n" : "\n\n", depth),
        `${marker} `,
        " ".repeat(marker.length + 1),
      );
    }),
    tight ? "\n" : "\n\n",
  );

const layRows = ({ head, rows, align }: Table, options: LayoutOptions): Styled =>
  layTable(
    [head, ...rows].map((row) => row.map((cell) => layInlines(cell, options))),
    align,
    options.tableWidth ?? 36,
  );

const layQuote = (children: Document, options: LayoutOptions, depth: number): Styled => {
  const inner = layBlocks(children, options, "\n\n", depth + 1);
  // Platforms know one level of quotes only.
  return options.quotes && depth === 0 ? wrap(inner, { style: "quote" }) : hang(inner, "> ", "> ");
};

const layBlock = (block: Block, options: LayoutOptions, depth: number): Styled => {
  switch (block.kind) {
    case "paragraph":
      return layInlines(block.children, options);
    case "heading":
      return wrap(layInlines(block.children, options), { style: "bold" });
    case "code":
      return wrap(plain(block.text), {
        style: "pre",
        ...(block.language === undefined ? {} : { language: block.language }),
      });
    case "math":
      return wrap(plain(block.text), { style: "pre", language: "latex" });
    case "quote":
      return layQuote(block.children, options, depth);
    case "list":
      return layList(block, options, depth);
    case "table":
      return layRows(block, options);
    case "rule":
      return plain("———");
    case "note":
      return join([plain(`[${block.label}] `), layInlines(block.children, options)]);
  }
};

const layBlocks = (blocks: readonly Block[], options: LayoutOptions, between: string, depth: number): Styled =>
  join(
    blocks.map((block) => layBlock(block, options, depth)).filter(({ text }) => text !== ""),
    between,
  );

export const layOut = (document: Document, options: LayoutOptions): Styled => layBlocks(document, options, "\n\n", 0);
