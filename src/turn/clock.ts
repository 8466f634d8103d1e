/** Times as agents are told them: in the zone of whoever speaks. */

export type Told = {
  /** ISO 8601 with the offset of the zone. */
  readonly time: string;
  readonly day: string;
  /** IANA name; absent when the person's is not known, and the time is UTC. */
  readonly zone?: string;
};

const fields = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  weekday: "long",
  hourCycle: "h23",
  timeZoneName: "longOffset",
} as const;

/** Building one costs more than all that is done with it. */
const formats = new Map<string, Intl.DateTimeFormat | null>();
const mostFormats = 500;

const formatFor = (zone: string): Intl.DateTimeFormat | null => {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null;
  try {
    format = new Intl.DateTimeFormat("en-GB", { ...fields, timeZone: zone });
  } catch {
    // A zone that this machine does not know: the time is told as UTC.
    format = null;
  }
  if (formats.size >= mostFormats) formats.clear();
  formats.set(zone, format);
  return format;
};

/** A moment in this zone; in UTC without one. */
export const tellTime = (at: number, zone?: string | null): Told => {
  const own = zone == null ? null : formatFor(zone);
  const parts = new Map((own ?? formatFor("UTC"))?.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
  return {
    time: `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}${offset}`,
    day: part("weekday"),
    ...(own && zone != null ? { zone } : {}),
  };
};
