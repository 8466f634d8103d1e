/** What models write between lines, where it differs from CommonMark: formulas, footnotes; and nothing may get lost. */
import MarkdownIt, { type MarkdownIt as Markdown, type StateBlock } from "markdown-it";

/** How deep quotes and lists may lie in each other; two levels are one list. What lies deeper is text. */
const deepest = 16;

/** A formula longer than this is none. */
const formulaLines = 100;

const lineAt = (state: StateBlock, line: number): string =>
  state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);

const isCode = (state: StateBlock, line: number): boolean => (state.sCount[line] ?? 0) - state.blkIndent >= 4;

/** Pushes lines of the source to be read as the inside of a paragraph-like block. */
const pushLines = (state: StateBlock, kind: string, content: string, until: number, label?: string): void => {
  state.push(`${kind}_open`, "", 1).info = label ?? "";
  const inline = state.push("inline", "", 0);
  inline.content = content;
  inline.children = [];
  state.push(`${kind}_close`, "", -1);
  state.line = until;
};

const formulaMarks = [
  ["$$", "$$"],
  ["\\[", "\\]"],
] as const;

const formula = (state: StateBlock, start: number, end: number, silent: boolean): boolean => {
  const first = lineAt(state, start);
  const marks = formulaMarks.find(([opening]) => first.startsWith(opening));
  if (!marks || isCode(state, start)) return false;
  const [opening, closing] = marks;
  const lines = [first.slice(opening.length)];
  for (let line = start; line < Math.min(end, start + formulaLines); line += 1) {
    if (line > start) {
      // A bracket in front of a block of code is none of a formula, whatever stands in the code.
      if ((state.sCount[line] ?? 0) < state.blkIndent || /^(```|~~~)/.test(lineAt(state, line))) return false;
      lines.push(lineAt(state, line));
    }
    const last = lines.at(-1)?.trimEnd() ?? "";
    const at = last.indexOf(closing);
    if (at < 0) continue;
    if (at + closing.length < last.length) return false;
    if (silent) return true;
    const text = [...lines.slice(0, -1), last.slice(0, at)].join("\n").trim();
    if (text === "") return false;
    state.push("math_block", "", 0).content = text;
    state.line = line + 1;
    return true;
  }
  return false;
};

const noteMark = /^\[\^([^\]\s^[]{1,60})\]:[ \t]*/;

const definitionMark = /^\[[^\]]{1,100}\]:/;

const note = (state: StateBlock, start: number, end: number, silent: boolean): boolean => {
  const [mark, label] = noteMark.exec(lineAt(state, start)) ?? [];
  if (mark === undefined || label === undefined || isCode(state, start)) return false;
  if (silent) return true;
  const lines = [lineAt(state, start).slice(mark.length)];
  let line = start + 1;
  for (; line < end && !state.isEmpty(line) && !definitionMark.test(lineAt(state, line)); line += 1) {
    if ((state.sCount[line] ?? 0) < state.blkIndent) break;
    lines.push(lineAt(state, line));
  }
  pushLines(state, "note", lines.join("\n").trim(), line, label);
  return true;
};

type Rule = (state: StateBlock, start: number, end: number, silent: boolean) => boolean;

/** Bars that part cells, as the library sees them. */
const cellsOf = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/);

/** Cells beyond the last column, which the library drops, belong to the last: someone forgot to escape a bar. */
const keepCells = (state: StateBlock, from: number): void => {
  const tokens = state.tokens.slice(from);
  const width = tokens.filter(({ type }) => type === "th_open").length;
  for (const [index, { type, map }] of tokens.entries()) {
    if (type !== "tr_open" || !map) continue;
    const cells = cellsOf(lineAt(state, map[0]));
    if (cells.length <= width) continue;
    // Opening, content and closing for each cell.
    const last = tokens[index + 3 * width - 1];
    if (last)
      last.content = cells
        .slice(width - 1)
        .join("|")
        .trim();
  }
};

/** The library's own rule of this name, whose only way out is to be the only one. */
const ruleOf = (name: string): Rule => {
  const { ruler } = new MarkdownIt().block;
  ruler.enableOnly(name);
  const [rule] = ruler.getRules("");
  if (!rule) throw new Error(`the library has no rule "${name}"`);
  return rule;
};

/** That rule, and something to do where it has found its own. */
const extended = (name: string, then: (state: StateBlock, start: number, from: number) => void): Rule => {
  const rule = ruleOf(name);
  return (state, start, end, silent) => {
    const from = state.tokens.length;
    if (!rule(state, start, end, silent)) return false;
    if (!silent) then(state, start, from);
    return true;
  };
};

export const useBlockRules = (markdown: Markdown): void => {
  const { block } = markdown;
  const alt = ["paragraph", "reference", "blockquote", "list"];
  block.ruler.before("fence", "formula", formula, { alt });
  block.ruler.before("reference", "note", note, { alt });

  // The library takes definitions away. Where nothing refers to one, it is text, often a list of sources.
  const definition = extended("reference", (state, start) => {
    const lines = state.getLines(start, state.line, state.blkIndent, false);
    state.push("definition", "", 0).content = lines.trim();
  });
  block.ruler.at("reference", definition);
  const table = extended("table", (state, _start, from) => keepCells(state, from));
  block.ruler.at("table", table, { alt: ["paragraph", "reference"] });

  // It drops what lies too deep.
  const tokenize = block.tokenize.bind(block);
  block.tokenize = (state, start, end) => {
    if (state.level < deepest) return tokenize(state, start, end);
    let until = start;
    while (until < end && (state.isEmpty(until) || (state.sCount[until] ?? 0) >= state.blkIndent)) until += 1;
    const text = state.getLines(start, until, state.blkIndent, false).trim();
    if (text !== "") pushLines(state, "paragraph", text, until);
    state.line = Math.max(until, start + 1);
  };
};
