/** Tables for platforms without them: columns of equal width where the screen holds them, else a line for each cell. */
import type { Alignment } from "./document.ts";
import { join, plain, type Styled, wrap } from "./styled.ts";

const pad = (text: string, width: number, align: Alignment): string => {
  const room = Math.max(0, width - Bun.stringWidth(text));
  const left = align === "right" ? room : align === "center" ? room >> 1 : 0;
  return " ".repeat(left) + text + " ".repeat(room - left);
};

type Cells = readonly (readonly Styled[])[];

/** Answers nothing if the columns need more than `width`, or if a cell holds what code cannot: a link. */
const asColumns = (rows: Cells, align: readonly Alignment[], width: number): Styled | undefined => {
  if (rows.some((row) => row.some(({ spans }) => spans.some(({ style }) => style === "link")))) return undefined;
  const widths: number[] = [];
  // A line that ends where the cell does makes no second one.
  const cells = rows.map((row) => row.map(({ text }) => text.trim()));
  for (const row of cells) {
    for (const [column, text] of row.entries()) {
      if (text.includes("\n")) return undefined;
      widths[column] = Math.max(widths[column] ?? 1, Bun.stringWidth(text));
    }
  }
  if (widths.reduce((sum, one) => sum + one, 3 * (widths.length - 1)) > width) return undefined;
  const lines = cells.map((row) =>
    row
      .map((text, column) => pad(text, widths[column] ?? 0, align[column]))
      .join(" │ ")
      .trimEnd(),
  );
  const under = widths.map((one) => "─".repeat(one)).join("─┼─");
  return wrap(plain([lines[0], under, ...lines.slice(1)].join("\n")), { style: "pre" });
};

const asLines = ([head = [], ...body]: Cells): Styled => {
  if (body.length === 0)
    return join(
      head.map((cell) => wrap(cell, { style: "bold" })),
      "\n",
    );
  const labelled = (cell: Styled, column: number): Styled => {
    const label = head[column]?.text ?? "";
    // What has no label is one itself: the name of the row.
    if (label === "") return wrap(cell, { style: "bold" });
    return join([wrap(plain(`${label}:`), { style: "bold" }), cell], cell.text === "" ? "" : " ");
  };
  return join(
    body.map((row) => join(row.map(labelled), "\n")),
    "\n\n",
  );
};

export const layTable = (rows: Cells, align: readonly Alignment[], width: number): Styled =>
  asColumns(rows, align, width) ?? asLines(rows);
