/** A Markdown page as the docs test sees it: fences, headings, links, inline code, tables. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Fence = {
  readonly tag: string;
  readonly text: string;
  /** Line of the first line inside. */
  readonly line: number;
  /** Nothing but blank lines, or one line of words, stands between it and the fence before. */
  readonly follows: boolean;
};

export type Snippet = { readonly text: string; readonly line: number };

/** A table's row as its cells, the head left out, with the heading it stands under. */
export type Row = { readonly cells: readonly string[]; readonly line: number; readonly section: string };

export type Page = {
  /** From the repository's root. */
  readonly path: string;
  readonly lines: number;
  readonly fences: readonly Fence[];
  readonly headings: readonly (Snippet & { readonly anchor: string })[];
  /** Targets of links. */
  readonly links: readonly Snippet[];
  /** What stands between backticks. */
  readonly codes: readonly Snippet[];
  readonly rows: readonly Row[];
};

/** The anchor that Markdown viewers give a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");

const cellsOf = (line: string): readonly string[] =>
  line
    .replace(/^\s*\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, "|"));

export const parsePage = (path: string, text: string): Page => {
  const lines = text.split("\n");
  const fences: Fence[] = [];
  const headings: Page["headings"][number][] = [];
  const links: Snippet[] = [];
  const codes: Snippet[] = [];
  const rows: Row[] = [];
  let open: { tag: string; first: number; follows: boolean } | undefined;
  /** Lines of words since the last fence. */
  let words = Infinity;
  let section = "";

  for (const [index, content] of lines.entries()) {
    const line = index + 1;
    const mark = /^\s*```(\w*)/.exec(content);
    if (mark && open) {
      fences.push({
        tag: open.tag,
        text: lines.slice(open.first, index).join("\n"),
        line: open.first + 1,
        follows: open.follows,
      });
      open = undefined;
      words = 0;
      continue;
    }
    if (mark) open = { tag: mark[1] ?? "", first: line, follows: words === 0 };
    if (mark || open) continue;
    if (content.trim() !== "") words += 1;
    const heading = /^#+ (.*)$/.exec(content)?.[1];
    if (heading !== undefined) {
      section = heading;
      headings.push({ text: heading, line, anchor: anchorOf(heading) });
    }
    for (const [, target = ""] of content.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ text: target, line });
    for (const [, code = ""] of content.matchAll(/`([^`]+)`/g)) codes.push({ text: code, line });
    const isHead = /^\s*\|[\s|:-]+$/.test(lines[index + 1] ?? "");
    if (/^\s*\|/.test(content) && !isHead && !/^\s*\|[\s|:-]+$/.test(content)) {
      rows.push({ cells: cellsOf(content), line, section });
    }
  }
  return { path, lines: lines.length - 1, fences, headings, links, codes, rows };
};

/** README.md and everything in docs and its folders. */
export const readPages = (root: string): readonly Page[] =>
  ["README.md", ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith(".md"))
    .toSorted()
    .map((path) => parsePage(path, readFileSync(join(root, path), "utf8")));
