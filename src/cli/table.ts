/** What others named themselves, without what a terminal obeys: controls, and what turns the line around. */
export const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, " ");

/** Rows as aligned columns, for people; programs ask for `--json`. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [head, ...rows.map((row) => row.map(harmless))];
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
