/** Reading JSON of which nothing is known yet. Nothing here throws. */

export type Json = Readonly<Record<string, unknown>>;

export const asRecord = (value: unknown): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/** A non-empty string, or nothing. */
export const asText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const asCount = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

export const asRecords = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map(asRecord).filter((item) => item !== undefined) : [];

/** The text of a string or of a list of content parts; pictures have none. */
export const textOf = (content: unknown): string =>
  typeof content === "string"
    ? content
    : asRecords(content)
        .map((part) => asText(part["text"]) ?? "")
        .join("");
