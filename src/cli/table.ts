/** Rows as aligned columns, for people; programs ask for `--json`. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map(
      (line) =>
        line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd() + "\n",
    )
    .join("");
};

const shown = (value: unknown): string => {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** One thing with its fields, a line each. */
export const fields = (one: object): string => {
  const [, ...lines] = table(
    ["", ""],
    Object.entries(one).map(([key, value]) => [key, shown(value)]),
  ).split("\n");
  return lines.join("\n");
};
