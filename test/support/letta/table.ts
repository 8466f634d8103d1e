/** What came of the cases on each server, as a table with one row per case. */

export type Outcome = "passed" | "failed" | "unproven" | "-";

export const columns = ["simulator", "real", "real + Redis"] as const;
export type Column = (typeof columns)[number];

export type Row = { readonly name: string; readonly outcomes: ReadonlyMap<Column, Outcome> };

export const printTable = (rows: readonly Row[], print: (line: string) => void): void => {
  const width = Math.max(4, ...rows.map(({ name }) => name.length));
  const widths = columns.map((column) => Math.max(column.length, 8));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padEnd(at === 0 ? width : (widths[at - 1] ?? 0))).join(" | ");
  print(line(["case", ...columns]));
  print(line(["-".repeat(width), ...widths.map((size) => "-".repeat(size))]));
  for (const { name, outcomes } of rows) print(line([name, ...columns.map((column) => outcomes.get(column) ?? "-")]));
};
