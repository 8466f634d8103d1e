/** Writes a document as Markdown: the same meaning, nothing half-open, and no markup that its reader was not meant to see. */
import type { Alignment, Block, Cell, Document, Item, List, Table } from "./document.ts";
import { destination, type Dialect, escapeLines, escapeText, writeInlines } from "./write-inline.ts";

export type { Dialect } from "./write-inline.ts";

/** Puts `first` before the first line and `rest` before all others that are not empty. */
const indent = (markdown: string, first: string, rest: string): string =>
  markdown
    .split("\n")
    .map((line, index) => (index === 0 ? first + line : line === "" ? rest.trimEnd() : rest + line))
    .join("\n");

const writeCode = (text: string, language: string): string => {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
};

const rules: Readonly<Record<string, string>> = { left: ":---", center: ":---:", right: "---:" };
const ruleOf = (align: Alignment): string => rules[align ?? ""] ?? "---";

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const writeTable = ({ head, rows, align }: Table, dialect: Dialect): string => {
  const write = (cell: Cell): string => writeInlines(cell, { dialect, inCell: true }).trim();
  const width = head.length;
  const lines = rows.map((cells) => row(Array.from({ length: width }, (_, column) => write(cells[column] ?? []))));
  return [row(head.map(write)), row(head.map((_, column) => ruleOf(align[column]))), ...lines].join("\n");
};

/** Two lists in a row are one, unless their marks differ. */
const writeList = ({ items, start, tight }: List, dialect: Dialect, other: boolean): string => {
  const write = ({ done, children }: Item, index: number): string => {
    const bullet = start === undefined ? (other ? "*" : "-") : `${start + index}${other ? ")" : "."}`;
    const box = done === undefined ? "" : done ? "[x] " : "[ ] ";
    const inner = writeBlocks(children, dialect, tight ? "\n" : "\n\n", true);
    const first = children[0];
    // Only a paragraph is a task, and only behind text does a box not stand alone.
    const body = box === "" ? inner : first?.kind === "paragraph" ? box + inner : `${box}\n${inner}`;
    return indent(body, `${bullet} `, " ".repeat(bullet.length + 1)).trimEnd();
  };
  return items.map(write).join(tight ? "\n" : "\n\n");
};

/** Its text is its caption. */
const writeImage = (href: string, alt: string): string => {
  const caption = alt.replace(/["\\\n&]+/g, "").trim();
  return `![](${destination(href)}${caption === "" ? "" : ` "${caption}"`})`;
};

const writeBlock = (block: Block, dialect: Dialect, nested: boolean, other: boolean): string => {
  const place = { dialect, inCell: false };
  switch (block.kind) {
    case "paragraph": {
      const [only, ...rest] = block.children;
      if (dialect.images && only?.kind === "image" && rest.length === 0 && /^https?:\/\/./i.test(only.href)) {
        return writeImage(only.href, only.alt);
      }
      return escapeLines(writeInlines(block.children, place)).trim();
    }
    case "heading": {
      const text = writeInlines(block.children, place).replace(/\s*\n/g, " ").trim();
      return `${"#".repeat(block.level)} ${text.replace(/#+$/, (marks) => `\\${marks}`)}`;
    }
    case "code":
      return writeCode(block.text, block.language ?? "");
    case "math":
      return dialect.math ? writeCode(block.text, "math") : writeCode(block.text, "latex");
    case "quote":
      return indent(writeBlocks(block.children, dialect, "\n\n", false), "> ", "> ");
    case "list":
      return writeList(block, dialect, other);
    case "table":
      return writeTable(block, dialect);
    case "rule":
      // In an item of a list, dashes would be the list's.
      return nested ? "***" : "---";
    case "note": {
      const text = escapeLines(writeInlines(block.children, place)).trim();
      const label = dialect.notes ? `[^${block.label}]:` : `\\[${escapeText(block.label, dialect)}]`;
      return `${label} ${text.replaceAll("\n", "\n  ")}`;
    }
  }
};

const isTextual = ({ kind }: Block): boolean => kind === "paragraph" || kind === "note";

const writeBlocks = (blocks: readonly Block[], dialect: Dialect, between: string, nested: boolean): string => {
  let out = "";
  let other = false;
  let last: Block | undefined;
  for (const block of blocks) {
    const isSameList =
      block.kind === "list" && last?.kind === "list" && (block.start === undefined) === (last.start === undefined);
    other = isSameList && !other;
    const written = writeBlock(block, dialect, nested, other);
    if (written === "") continue;
    // A list may follow a paragraph at once; everything else would become part of it.
    const close = between === "\n" && last && isTextual(last) && block.kind === "list" && (block.start ?? 1) === 1;
    if (out !== "") out += close ? "\n" : "\n\n";
    out += written;
    last = block;
  }
  return out;
};

export const write = (document: Document, dialect: Dialect): string => writeBlocks(document, dialect, "\n\n", false);
