/** Writes the inside of a paragraph as Markdown that says the same to any reader of it: what is text is escaped. */
import type { Inline } from "./document.ts";
import { encoded } from "./address.ts";
import { isSafeFormula } from "./formula.ts";

export type Dialect = {
  /** Whether a link may lead there. Where not, the address is written out. */
  readonly linkable: (href: string) => boolean;
  /** Whether images that stand alone are shown; else they are links. */
  readonly images: boolean;
  /** Whether its readers know tags and entities: `<br>` in a cell, and `&lt;`, which no reader ever takes for a tag. */
  readonly html: boolean;
  /** Whether footnotes are linked to their notes. */
  readonly notes: boolean;
  /** Whether `$…$` is a formula. */
  readonly math: boolean;
};

/** Inside a cell of a table a bar is the end of it, and so is a new line. */
export type Place = { readonly dialect: Dialect; readonly inCell: boolean; readonly inLabel?: boolean };

const signs: Readonly<Record<string, string>> = { bold: "**", italic: "*", strike: "~~", spoiler: "||" };

const special = /[\\`*[|~$_]|<(?=[a-z/!?@#:])|==+|&(?=#?\w{1,40};)/gi;

/** Underscores within a word mean nothing to anyone. */
export const escapeText = (text: string, { html }: Dialect): string =>
  text.replace(special, (mark, at: number) => {
    if (html && mark === "<") return "&lt;";
    if (html && mark === "&") return "&amp;";
    if (mark.startsWith("==")) return "\\=".repeat(mark.length);
    if (mark === "_" && /[A-Za-z0-9]/.test(text.charAt(at - 1)) && /[A-Za-z0-9]/.test(text.charAt(at + 1))) return mark;
    return `\\${mark}`;
  });

/** What is text was no address where it stood; written next to other words it might become one. */
const escapeAddresses = (markdown: string): string => markdown.replace(/(https?):(?=\/\/)/gi, "$1\\:");

const lineStart = /^([#>+=-]|:(?=-))|^(\d{1,9})([.)])(?=\s|$)|^(\[\^[^\]]+\]):/gm;

/** What would begin a heading, a list or a quote at the beginning of a line. */
export const escapeLines = (markdown: string): string =>
  markdown
    .replace(/^[ \t]+/gm, "")
    .replace(lineStart, (_all, mark?: string, digits?: string, dot?: string, note?: string) => {
      if (mark !== undefined) return `\\${mark}`;
      return note === undefined ? `${digits}\\${dot}` : `${note}\\:`;
    });

/** What looks like an entity is none here. */
export const destination = (href: string): string => encoded(href).replace(/&(?=#?\w{1,40};)/g, "&amp;");

const writeCode = (text: string, { inCell }: Place): string => {
  const runs = new Set((text.match(/`+/g) ?? []).map(({ length }) => length));
  let length = 1;
  while (runs.has(length)) length += 1;
  const fence = "`".repeat(length);
  const space = /^`|`$|^ .*[^ ].* $/.test(text) ? " " : "";
  const inner = text.replaceAll("\n", " ");
  return fence + space + (inCell ? inner.replaceAll("|", "\\|") : inner) + space + fence;
};

const isQuiet = (address: string): boolean =>
  /^[\w:/.?&%#+,;@=-]+$/.test(address) && !/[^A-Za-z0-9]_|_(?![A-Za-z0-9])|==|&\w+;/.test(address);

const writeLink = (href: string, children: readonly Inline[], place: Place): string => {
  const label = writeInlines(children, { ...place, inLabel: true });
  if (label.trim() === "") return writeInline({ kind: "address", text: href }, place);
  if (place.dialect.linkable(href)) return `[${label.replaceAll("\n", " ")}](${destination(href)})`;
  return href === "" || href.startsWith("#") ? label : `${label} (${escapeText(href, place.dialect)})`;
};

const writeInline = (node: Inline, place: Place): string => {
  const { dialect, inCell } = place;
  switch (node.kind) {
    case "text":
      return place.inLabel
        ? escapeText(node.text, dialect).replaceAll("]", "\\]")
        : escapeAddresses(escapeText(node.text, dialect));
    case "code":
      return writeCode(node.text, place);
    case "math":
      return writeCode(node.text, place);
    case "break":
      return inCell ? (dialect.html ? "<br>" : " ") : "  \n";
    case "address":
      if (isQuiet(node.text)) return node.text;
      if (place.inLabel || !dialect.linkable(node.text)) return writeInline({ kind: "text", text: node.text }, place);
      return `[${escapeText(node.text, dialect).replaceAll("]", "\\]")}](${destination(node.text)})`;
    case "link":
      return writeLink(node.href, node.children, place);
    case "image": {
      const alt: Inline = { kind: "text", text: node.alt.trim() === "" ? "image" : node.alt };
      // A link holds no other one.
      if (place.inLabel || /^data:/i.test(node.href)) return writeInline(alt, place);
      return writeLink(node.href, [alt], place);
    }
    case "footnote":
      return dialect.notes ? `[^${node.label}]` : `\\[${escapeText(node.label, dialect)}]`;
    default:
      return writeInlines(node.children, place);
  }
};

const isLetter = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);

/** Whether every reader sees where a stretch between two `sign`s begins and ends. */
const holds = (sign: string, before: string, inner: string, after: string): boolean => {
  const [first = "", last = ""] = [/^./su.exec(inner)?.[0], /.$/su.exec(inner)?.[0]];
  if (/\s/.test(first) || /\s/.test(last) || first === "") return false;
  // Signs of the same kind side by side would be read as one.
  if (before === sign.charAt(0) || after === sign.charAt(0) || before === "\\") return false;
  if (sign !== "**" && sign !== "*" && (isLetter(before) || isLetter(after))) return false;
  if (sign.length === 1 && isLetter(before)) return false;
  // A star is none of these to our own reader, who knows `src/*.ts` and `f(*args)`.
  if (sign === "*" && (before === "/" || /[./)\]},;:]/.test(first) || /[/([{]/.test(last))) return false;
  return (isLetter(first) || !isLetter(before)) && (isLetter(last) || !isLetter(after));
};

/** Takes the marks off both ends of what is stressed: they look the same outside. */
const peel = (nodes: readonly Inline[]): readonly [lead: string, core: readonly Inline[], tail: string] => {
  const first = nodes[0];
  const lead = first?.kind === "text" ? (/^[^\p{L}\p{N}]+/u.exec(first.text)?.[0] ?? "") : "";
  const rest = first?.kind === "text" ? [{ ...first, text: first.text.slice(lead.length) }, ...nodes.slice(1)] : nodes;
  const last = rest.at(-1);
  const tail = last?.kind === "text" ? (/[^\p{L}\p{N}]+$/u.exec(last.text)?.[0] ?? "") : "";
  const core =
    last?.kind === "text"
      ? [...rest.slice(0, -1), { ...last, text: last.text.slice(0, last.text.length - tail.length) }]
      : rest;
  return [lead, core.filter((node) => node.kind !== "text" || node.text !== ""), tail];
};

const stressed = (mark: string, before: string, inner: string, after: string): string | undefined =>
  holds(mark, before, inner, after) ? mark + inner + mark : undefined;

/** Written so that strict readers see it, who miss the end of `**Note:**this`; in the worst case, not stressed. */
const stress = (sign: string, children: readonly Inline[], before: string, after: string, place: Place): string => {
  const inner = writeInlines(children, place);
  const whole =
    stressed(sign, before, inner, after) ?? (sign === "*" ? stressed("_", before, inner, after) : undefined);
  if (whole !== undefined) return whole;
  const [lead, nodes, tail] = peel(children);
  const core = stressed(sign, lead.slice(-1) || before, writeInlines(nodes, place), tail.charAt(0) || after);
  return core === undefined ? inner : escapeText(lead, place.dialect) + core + escapeText(tail, place.dialect);
};

/** The character that an inline begins with; where that is markup, something that is no letter. */
const firstOf = (node: Inline | undefined): string => {
  if (node === undefined || node.kind === "break") return "";
  if (node.kind === "math") return "$";
  return node.kind === "text" || node.kind === "address" ? node.text.charAt(0) : (signs[node.kind] ?? "[").charAt(0);
};

/** Words before a link must not make an image of it. */
const beforeLink = (text: string): string => (/(?<!\\)(\\\\)*!$/.test(text) ? `${text.slice(0, -1)}\\!` : text);

const isBreak = (node: Inline | undefined): boolean => node?.kind === "break";

/** Ends of lines at the ends of what is stressed stand outside of it, where they are no less, and can be written. */
const breaksOutside = (nodes: readonly Inline[]): readonly Inline[] =>
  nodes.flatMap((node) => {
    if (!("children" in node) || node.kind === "link") return [node];
    const children = breaksOutside(node.children);
    const [first, last] = [children.findIndex((one) => !isBreak(one)), children.findLastIndex((one) => !isBreak(one))];
    if (first < 0) return children;
    const inner = children.slice(first, last + 1);
    return [...children.slice(0, first), { ...node, children: inner }, ...children.slice(last + 1)];
  });

export const writeInlines = (given: readonly Inline[], place: Place): string => {
  const nodes = breaksOutside(given);
  const out: string[] = [];
  for (const [index, node] of nodes.entries()) {
    const last = out.at(-1) ?? "";
    if (node.kind === "break" && (last === "" || last.endsWith("\n") || index === nodes.length - 1)) continue;
    const [before, after] = [last.slice(-1), firstOf(nodes[index + 1])];
    const apart = !/[\w$\\]/.test(before) && !/[\w$]/.test(after);
    const sign = signs[node.kind];
    let written: string;
    if (node.kind === "math" && place.dialect.math && apart && isSafeFormula(node.text)) written = `$${node.text}$`;
    else if (sign !== undefined && "children" in node) written = stress(sign, node.children, before, after, place);
    else written = writeInline(node, place);
    // Marks of two stretches of code side by side would be read as one run.
    if (written.startsWith("`") && last.endsWith("`") && nodes[index - 1]?.kind !== "text") written = ` ${written}`;
    if (written.startsWith("[")) out.splice(-1, 1, beforeLink(last));
    else if (written.endsWith("\n")) out.splice(-1, 1, last.trimEnd());
    if (written !== "") out.push(written);
  }
  return out.join("");
};
