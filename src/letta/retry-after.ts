/** When a server says to come back. */
const longestMs = 60 * 60 * 1000;

/**
 * How long a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date, which counts from the
 * answer's own `date` because the clocks of two machines differ. At most an hour; nothing when it says nothing.
 */
export const readRetryAfterMs = (headers: Headers | undefined): number | undefined => {
  if (!headers) return undefined;
  const after = headers.get("retry-after") ?? "";
  const candidates = [
    Number.parseFloat(headers.get("retry-after-ms") ?? ""),
    /^\s*[\d.]+\s*$/.test(after) ? Number.parseFloat(after) * 1000 : NaN,
    Date.parse(after) - Date.parse(headers.get("date") ?? new Date().toUTCString()),
  ];
  const ms = candidates.find((candidate) => Number.isFinite(candidate));
  return ms === undefined ? undefined : Math.min(Math.max(Math.ceil(ms), 0), longestMs);
};
