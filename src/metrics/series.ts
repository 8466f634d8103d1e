/** Counters and histograms in memory, and the text in which Prometheus reads them: exposition format 0.0.4. */

export type Labels = Readonly<Record<string, string>>;

export type Counter = {
  /** Counts so many more, one if it does not say; 0 begins the series. */
  add(labels?: Labels, more?: number): void;
};

export type Histogram = {
  /** A duration that was measured, in milliseconds; it is written in seconds. */
  observe(ms: number, labels?: Labels): void;
};

export type Gauge = {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels?: Labels; readonly value: number }[];
};

export type Series = {
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string, boundsMs: readonly number[]): Histogram;
  /** Every family, in the order they were made, with its head even while nothing was counted, and what was not counted. */
  write(): string;
};

type Measured = { readonly counts: number[]; sumMs: number };

/** Series of one family. All labels are words of ours or names from the configuration; this is for the day one is not. */
const mostSeries = 500;
const droppedName = "lettabox_series_dropped_total";

const escapeValue = (value: string): string =>
  value
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);

/** Labels as they stand between the braces. */
const textOf = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(",");

const line = (name: string, labels: string, value: number): string =>
  `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;

const head = (name: string, kind: "counter" | "gauge" | "histogram", help: string): string =>
  `# HELP ${name} ${help.replaceAll("\\", String.raw`\\`).replaceAll("\n", " ")}\n# TYPE ${name} ${kind}\n`;

export const writeGauge = ({ name, help, samples }: Gauge): string =>
  head(name, "gauge", help) + samples.map(({ labels = {}, value }) => line(name, textOf(labels), value)).join("");

const writeMeasured = (name: string, labels: string, { counts, sumMs }: Measured, boundsMs: readonly number[]) => {
  const before = labels === "" ? "" : `${labels},`;
  let count = 0;
  let text = "";
  for (const [index, inBucket] of counts.entries()) {
    count += inBucket;
    const bound = boundsMs[index];
    text += line(`${name}_bucket`, `${before}le="${bound === undefined ? "+Inf" : bound / 1_000}"`, count);
  }
  return text + line(`${name}_sum`, labels, sumMs / 1_000) + line(`${name}_count`, labels, count);
};

export const createSeries = (): Series => {
  const families: (() => string)[] = [];
  let dropped = 0;

  /** What is kept for these labels; undefined when there are too many already. */
  const find = <T>(kept: Map<string, T>, labels: Labels, make: () => T): T | undefined => {
    const key = textOf(labels);
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= mostSeries) {
      dropped += 1;
      return undefined;
    }
    const made = make();
    kept.set(key, made);
    return made;
  };

  return {
    counter: (name, help) => {
      const kept = new Map<string, { value: number }>();
      families.push(
        () => head(name, "counter", help) + [...kept].map(([key, one]) => line(name, key, one.value)).join(""),
      );
      return {
        add: (labels = {}, more = 1) => {
          const one = find(kept, labels, () => ({ value: 0 }));
          if (one) one.value += more;
        },
      };
    },
    histogram: (name, help, boundsMs) => {
      const kept = new Map<string, Measured>();
      families.push(
        () =>
          head(name, "histogram", help) +
          [...kept].map(([key, one]) => writeMeasured(name, key, one, boundsMs)).join(""),
      );
      const make = (): Measured => ({ counts: Array.from({ length: boundsMs.length + 1 }, () => 0), sumMs: 0 });
      return {
        observe: (measuredMs, labels = {}) => {
          // The clock may have been set back meanwhile.
          const ms = Math.max(0, measuredMs);
          const one = find(kept, labels, make);
          if (!one) return;
          const bucket = boundsMs.findIndex((bound) => ms <= bound);
          const index = bucket === -1 ? boundsMs.length : bucket;
          one.counts[index] = (one.counts[index] ?? 0) + 1;
          one.sumMs += ms;
        },
      };
    },
    write: () =>
      families.map((write) => write()).join("") +
      head(droppedName, "counter", "Not counted, because its labels would have been one series too many.") +
      line(droppedName, "", dropped),
  };
};
