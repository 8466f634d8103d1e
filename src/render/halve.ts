/** Cuts a block in two of its kind, near its middle, so that each says its half by itself. */
import type { Block, Document, Inline } from "./document.ts";

type Halves<T> = readonly [T, T];

/** What an inline says, as long as it counts when a middle is looked for. */
const textOf = (node: Inline): string => {
  switch (node.kind) {
    case "break":
      return "\n";
    case "image":
      return node.alt === "" ? "image" : node.alt;
    case "footnote":
      return `[${node.label}]`;
    default:
      return "children" in node ? textsOf(node.children) : node.text;
  }
};

const textsOf = (nodes: readonly Inline[]): string => nodes.map(textOf).join("");

/** Where a paragraph is best cut: close to the middle, and rather between sentences than between words. */
const middleOf = (text: string): number => {
  const [from, to] = [Math.floor(text.length / 4), Math.ceil((text.length * 3) / 4)];
  const half = text.length / 2;
  const nearest = (pattern: RegExp): number | undefined => {
    let best: number | undefined;
    for (const match of text.slice(from, to).matchAll(pattern)) {
      const at = from + match.index + match[0].length;
      if (best === undefined || Math.abs(at - half) < Math.abs(best - half)) best = at;
    }
    return best;
  };
  const found = nearest(/\n/g) ?? nearest(/[.!?…]["'”’»)\]]*\s|[。！？]/g) ?? nearest(/\s/g);
  if (found !== undefined) return found;
  const at = Math.floor(half);
  return /[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at + 1 : at;
};

/** A link, an address and a formula are kept whole as long as something stands beside them. */
const isWhole = ({ kind }: Inline): boolean =>
  kind === "link" || kind === "address" || kind === "math" || kind === "image" || kind === "footnote";

const cutInline = (node: Inline, at: number): Halves<readonly Inline[]> => {
  if (node.kind === "text" || node.kind === "code") {
    const [left, right] = [node.text.slice(0, at), node.text.slice(at)];
    return [[{ kind: node.kind, text: left }], [{ kind: node.kind, text: right }]];
  }
  if (!("children" in node)) return [[node], []];
  const [left, right] = cutInlines(node.children, at, true);
  return [[{ ...node, children: left }], [{ ...node, children: right }]];
};

const cutInlines = (nodes: readonly Inline[], at: number, force: boolean): Halves<readonly Inline[]> => {
  let start = 0;
  for (const [index, node] of nodes.entries()) {
    const end = start + textOf(node).length;
    if (end <= at) {
      start = end;
      continue;
    }
    const [before, after] = [nodes.slice(0, index), nodes.slice(index)];
    if (start === at) return [before, after];
    if (isWhole(node) && !force && nodes.length > 1) {
      return index > 0 ? [before, after] : [[node], nodes.slice(1)];
    }
    const [left, right] = cutInline(node, at - start);
    return [
      [...before, ...left],
      [...right, ...nodes.slice(index + 1)],
    ];
  }
  return [nodes, []];
};

/** Without white space where it was cut. */
const trimmed = (nodes: readonly Inline[], side: "start" | "end"): readonly Inline[] => {
  const index = side === "start" ? 0 : nodes.length - 1;
  const node = nodes[index];
  if (node === undefined) return nodes;
  const others = side === "start" ? nodes.slice(1) : nodes.slice(0, -1);
  const back = (one: Inline): readonly Inline[] => (side === "start" ? [one, ...others] : [...others, one]);
  if (node.kind === "break") return trimmed(others, side);
  if (node.kind === "text") {
    const text = side === "start" ? node.text.trimStart() : node.text.trimEnd();
    return text === "" ? trimmed(others, side) : back({ kind: "text", text });
  }
  return "children" in node ? back({ ...node, children: trimmed(node.children, side) }) : nodes;
};

const halveInlines = (nodes: readonly Inline[]): Halves<readonly Inline[]> | undefined => {
  const text = textsOf(nodes);
  if (text.length < 2) return undefined;
  const [left, right] = cutInlines(nodes, middleOf(text), false);
  const halves = [trimmed(left, "end"), trimmed(right, "start")] as const;
  return halves.some((half) => textsOf(half).trim() === "") ? undefined : halves;
};

const halveList = <T>(items: readonly T[]): Halves<readonly T[]> | undefined =>
  items.length < 2 ? undefined : [items.slice(0, items.length >> 1), items.slice(items.length >> 1)];

const halveCode = (text: string): Halves<string> | undefined => {
  if (text.length < 2) return undefined;
  const half = text.length >> 1;
  const [before, after] = [text.lastIndexOf("\n", half), text.indexOf("\n", half)];
  const line = before >= 0 && (after < 0 || half - before <= after - half) ? before : after;
  if (line > 0 && line < text.length - 1) return [text.slice(0, line), text.slice(line + 1)];
  const at = /[\uDC00-\uDFFF]/.test(text.charAt(half)) ? half + 1 : half;
  return at < text.length ? [text.slice(0, at), text.slice(at)] : undefined;
};

/** Halves of what lies in a quote or an item: between its blocks, else in its only one. */
const halveBlocks = (children: Document): Halves<Document> | undefined => {
  const [only] = children;
  if (children.length > 1 || only === undefined) return halveList(children);
  const cut = halve(only);
  return cut && [cut.slice(0, 1), cut.slice(1)];
};

/** Two blocks, or more where an item goes on behind its list. Answers nothing for what cannot be cut. */
export const halve = (block: Block): Document | undefined => {
  switch (block.kind) {
    case "paragraph":
    case "heading":
    case "note": {
      const halves = halveInlines(block.children);
      return (
        halves && [
          { ...block, children: halves[0] },
          { kind: "paragraph", children: halves[1] },
        ]
      );
    }
    case "code":
      return halveCode(block.text)?.map((text) => ({ ...block, text }));
    case "quote":
      return halveBlocks(block.children)?.map((children) => ({ ...block, children }));
    case "table":
      return halveList(block.rows)?.map((rows) => ({ ...block, rows }));
    case "list": {
      const halves = halveList(block.items);
      const [first] = block.items;
      if (!halves) {
        const [left, right] = (first && halveBlocks(first.children)) ?? [];
        return first && left && right && [{ ...block, items: [{ ...first, children: left }] }, ...right];
      }
      const start = block.start === undefined ? {} : { start: block.start + halves[0].length };
      return [
        { ...block, items: halves[0] },
        { ...block, items: halves[1], ...start },
      ];
    }
    case "math":
    case "rule":
      return undefined;
  }
};
