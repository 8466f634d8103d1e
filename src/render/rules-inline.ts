/** What models write inside a line, where it differs from CommonMark: names and sums full of stars, formulas, bare addresses. */
import type { MarkdownIt, StateInline } from "markdown-it";
import { isFormula } from "./formula.ts";

const code = (character: string): number => character.charCodeAt(0);

const isWord = (character: string): boolean => /[A-Za-z0-9]/.test(character);
const isDigit = (character: string): boolean => /[0-9]/.test(character);

/** Whether a single star was just opened: `*S*tring`. */
const isOpen = ({ delimiters }: StateInline): boolean => {
  const last = delimiters.at(-1);
  return last?.marker === code("*") && last.length === 1 && last.open;
};

/** May a run of stars begin or end something here? Sums (`2*3*4`), powers (`x**2`) and globs (`src/*.ts`) are left alone. */
const starsAt = (state: StateInline): { readonly length: number; readonly open: boolean; readonly close: boolean } => {
  const scanned = state.scanDelims(state.pos, true);
  const before = state.src.charAt(state.pos - 1);
  const after = state.src.charAt(state.pos + scanned.length);
  const inWord = isWord(before) && isWord(after);
  if (scanned.length > 1) {
    // CommonMark would not end it in `**Note:**this`, and nobody writes that for any other reason.
    const ends = scanned.can_close || /\S/.test(before);
    return {
      length: scanned.length,
      open: scanned.can_open && !(inWord && (isDigit(before) || isDigit(after))),
      close: ends && !(inWord && isDigit(after)),
    };
  }
  return {
    length: scanned.length,
    open: scanned.can_open && !inWord && !/[/\\]/.test(before) && !/[./)\]},;:]/.test(after),
    close: scanned.can_close && !/[/([{]/.test(before) && (!inWord || isOpen(state)),
  };
};

/** Stands in for the library's own rule; pairing the marks stays the library's. */
const emphasis = (state: StateInline, silent: boolean): boolean => {
  const marker = state.src.charCodeAt(state.pos);
  if (silent || (marker !== code("*") && marker !== code("_"))) return false;
  const isStar = marker === code("*");
  const scanned = state.scanDelims(state.pos, isStar);
  const run = isStar ? starsAt(state) : { length: scanned.length, open: scanned.can_open, close: scanned.can_close };
  for (let count = 0; count < run.length; count += 1) {
    state.push("text", "", 0).content = isStar ? "*" : "_";
    state.delimiters.push({
      marker,
      length: run.length,
      token: state.tokens.length - 1,
      end: -1,
      open: run.open,
      close: run.close,
    });
  }
  state.pos += run.length;
  return true;
};

/** A rule that takes what a sticky expression finds, unless `take` declines by answering false. */
const taking =
  (
    first: string,
    pattern: RegExp,
    take: (state: StateInline, match: RegExpExecArray, silent: boolean) => boolean | void,
  ) =>
  (state: StateInline, silent: boolean): boolean => {
    if (state.src.charCodeAt(state.pos) !== code(first)) return false;
    pattern.lastIndex = state.pos;
    const match = pattern.exec(state.src);
    if (!match || pattern.lastIndex > state.posMax) return false;
    const end = pattern.lastIndex;
    if (take(state, match, silent) === false) return false;
    state.pos = end;
    return true;
  };

/** `__init__` is a name; nobody stresses a lone lower-case word with two underscores. */
const dunder = taking("_", /__[a-z][a-z0-9]*(?:_[a-z0-9]+)*__(?![A-Za-z0-9_])/y, (state, [name], silent) => {
  if (isWord(state.src.charAt(state.pos - 1))) return false;
  if (!silent) state.pending += name;
  return true;
});

const pushLeaf = (state: StateInline, kind: string, content: string): void => {
  state.push(kind, "", 0).content = content;
};

const dollars = taking(
  "$",
  /\$\$([^$]{1,4000})\$\$|\$(?!\s)((?:\\.|[^\\$\n]){1,1000})(?<!\s)\$(?![\w$])/y,
  (state, [, display, inner = ""], silent) => {
    if (display === undefined && (isWord(state.src.charAt(state.pos - 1)) || !isFormula(inner))) return false;
    if (!silent) pushLeaf(state, "math", (display ?? inner).trim());
    return true;
  },
);

/** `\( … \)`, and `\[ … \]` within a line. */
const parentheses = taking(
  "\\",
  /\\\(((?:(?!\\\)|\\\()[^\n]){1,1000})\\\)|\\\[((?:(?!\\\]|\\\[)[^\n]){1,1000})\\\]/y,
  (state, [, inner, display = ""], silent) => {
    // Escaped brackets are rather text, if what they hold is.
    if (inner === undefined && !/[\\^_{}=]/.test(display)) return false;
    if (!silent) pushLeaf(state, "math", (inner ?? display).trim());
    return true;
  },
);

const footnote = taking("[", /\[\^([^\]\s^[]{1,60})\]/y, (state, [, label = ""], silent) => {
  if (!silent) pushLeaf(state, "footnote", label);
  return true;
});

/** The one tag that is obeyed: tables of models are full of it. */
const lineBreak = taking("<", /<br[ \t]*\/?>\n?/iy, (state, _match, silent) => {
  if (!silent) state.push("hardbreak", "br", 0);
  return true;
});

const spoiler = taking("|", /\|\|(?![\s|])([^|\n]{1,1000})(?<!\s)\|\|(?![|\w])/y, (state, [, inner = ""], silent) => {
  const before = state.src.charAt(state.pos - 1);
  if (isWord(before) || before === "|") return false;
  if (silent) return true;
  const { pos, posMax } = state;
  state.push("spoiler_open", "", 1);
  state.pos = pos + 2;
  state.posMax = state.pos + inner.length;
  state.md.inline.tokenize(state);
  state.posMax = posMax;
  state.push("spoiler_close", "", -1);
  return true;
});

/** Where an address ends: at a bracket that closes one around it, and not in what closes the sentence. */
const trimAddress = (text: string): string => {
  let open = 0;
  let end = 0;
  for (; end < text.length; end += 1) {
    if (text.charAt(end) === "(") open += 1;
    else if (text.charAt(end) === ")" && (open -= 1) < 0) break;
  }
  return text.slice(0, end).replace(/[.,;:!?'"*_~`]+$/, "");
};

/** `https://…` as it stands; its underscores and stars are nothing but characters. */
const address = (state: StateInline, silent: boolean): boolean => {
  if (state.src.charCodeAt(state.pos) !== code(":") || state.linkLevel > 0) return false;
  const scheme = /(?:^|[^A-Za-z0-9])(https?)$/i.exec(state.pending.slice(-6))?.[1];
  if (scheme === undefined) return false;
  const rest = /^:\/\/[^\s<>"|\\^`{}[\]]{1,2000}/.exec(
    state.src.slice(state.pos, Math.min(state.pos + 2003, state.posMax)),
  )?.[0];
  const found = rest === undefined ? "" : trimAddress(rest);
  if (found.length <= 3) return false;
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    pushLeaf(state, "address", scheme + found);
  }
  state.pos += found.length;
  return true;
};

/** What no rule begins with. The library's own rule runs over bars. */
const plain = /[^\n!$&*:<[\\\]_`|~]+/y;

const text = (state: StateInline, silent: boolean): boolean => {
  plain.lastIndex = state.pos;
  const found = plain.exec(state.src)?.[0].slice(0, state.posMax - state.pos);
  if (!found) return false;
  if (!silent) state.pending += found;
  state.pos += found.length;
  return true;
};

export const useInlineRules = (markdown: MarkdownIt): void => {
  const { ruler } = markdown.inline;
  ruler.at("text", text);
  ruler.at("emphasis", emphasis);
  ruler.before("emphasis", "dunder", dunder);
  ruler.before("escape", "parentheses", parentheses);
  ruler.before("escape", "dollars", dollars);
  ruler.before("escape", "spoiler", spoiler);
  ruler.before("escape", "address", address);
  ruler.before("link", "footnote", footnote);
  ruler.before("autolink", "line-break", lineBreak);
};
