/** What a measure says: one line of the table. */
export type Row = {
  readonly what: string;
  /** With its unit, and with what it was measured beside. */
  readonly measured: string;
  readonly budget: string;
  /** Measured over budget: below 1 is good. Undefined where there is no budget, only a number to know. */
  readonly ratio: number | undefined;
};

/** A row whose number has to stay below its budget. */
export const atMost = (what: string, value: number, budget: number, unit: string, beside = ""): Row => ({
  what,
  measured: `${amount(value)} ${unit}${beside === "" ? "" : ` (${beside})`}`,
  budget: `≤ ${amount(budget)} ${unit}`,
  ratio: value / budget,
});

/** A row whose number has to reach its budget. */
export const atLeast = (what: string, value: number, budget: number, unit: string, beside = ""): Row => ({
  what,
  measured: `${amount(value)} ${unit}${beside === "" ? "" : ` (${beside})`}`,
  budget: `≥ ${amount(budget)} ${unit}`,
  ratio: budget / value,
});

/** A number to know. */
export const known = (what: string, measured: string): Row => ({ what, measured, budget: "", ratio: undefined });

/** Three digits that count. */
export const amount = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));

export const isOk = ({ ratio }: Row): boolean => ratio === undefined || ratio <= 1;

const cells = (row: Row): readonly string[] => [
  row.what,
  row.measured,
  row.budget,
  row.ratio === undefined ? "" : row.ratio.toFixed(2),
  row.ratio === undefined ? "" : isOk(row) ? "ok" : "MISSED",
];

export const formatTable = (rows: readonly Row[]): string => {
  const all = [["what", "measured", "budget", "ratio", "ok"], ...rows.map(cells)];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  const text = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" | ")
      .trimEnd(),
  );
  return [text[0], widths.map((width) => "-".repeat(width)).join("-|-"), ...text.slice(1)].join("\n");
};
