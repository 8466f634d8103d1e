/**
 * Reads Prometheus' text format 0.0.4 as strictly as its description: every sample stands below the head of its family,
 * no series comes twice, histograms add up. Throws with the line that is wrong.
 */

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type Exposition = {
  /** Family → its kind. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The sum of all series of this name whose labels hold these. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
};

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? (\S+)$/;
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"/g;

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));

const readNumber = (text: string): number => {
  if (text === "+Inf") return Infinity;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
};

/** The family that a sample belongs to. */
const familyOf = (name: string, kinds: ReadonlyMap<string, string>): string => {
  const base = name.replace(/_(bucket|sum|count)$/, "");
  return kinds.get(base) === "histogram" ? base : name;
};

const withoutLe = ({ labels }: Sample): string =>
  JSON.stringify(Object.entries(labels).filter(([name]) => name !== "le"));

const rises = (numbers: readonly number[]): boolean => numbers.every((one, index) => one >= (numbers[index - 1] ?? 0));

/** Buckets rise, the last is `+Inf`, and says what `_count` says. */
const checkHistogram = (family: string, samples: readonly Sample[]): void => {
  const groups = Map.groupBy(samples, withoutLe);
  for (const [labels, group] of groups) {
    const buckets = group.filter(({ name }) => name === `${family}_bucket`);
    const bounds = buckets.map((one) => readNumber(one.labels["le"] ?? ""));
    const counts = buckets.map(({ value }) => value);
    const count = group.filter(({ name }) => name === `${family}_count`).map(({ value }) => value);
    const sums = group.filter(({ name }) => name === `${family}_sum`);
    const whole = rises(bounds) && rises(counts) && bounds.at(-1) === Infinity && sums.length === 1;
    if (!whole || count.length !== 1 || count[0] !== counts.at(-1))
      throw new Error(`${family}${labels} does not add up`);
  }
};

export const readExposition = (text: string): Exposition => {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const kinds = new Map<string, string>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (head) {
      const [, word = "", name = "", rest = ""] = head;
      if (word === "HELP" && kinds.has(name)) throw new Error(`a second head: ${line}`);
      if (word === "TYPE" && current !== name) throw new Error(`a TYPE without its HELP: ${line}`);
      if (word === "TYPE" && !["counter", "gauge", "histogram"].includes(rest)) throw new Error(`no kind: ${line}`);
      if (word === "TYPE") kinds.set(name, rest);
      current = name;
      continue;
    }
    const [, name = "", pairs = "", number = ""] = sampleLine.exec(line) ?? [];
    if (name === "" || familyOf(name, kinds) !== current || !kinds.has(current))
      throw new Error(`out of place: ${line}`);
    if (kinds.get(current) === "counter" && !name.endsWith("_total")) throw new Error(`a counter is a total: ${line}`);
    const key = line.slice(0, line.lastIndexOf(" "));
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    const labels = Object.fromEntries(
      [...pairs.matchAll(labelPair)].map(([, label = "", value = ""]) => [label, unescape(value)]),
    );
    samples.push({ name, labels, value: readNumber(number) });
  }
  for (const [family, kind] of kinds) {
    if (kind === "histogram")
      checkHistogram(
        family,
        samples.filter(({ name }) => familyOf(name, kinds) === family),
      );
  }
  const value: Exposition["value"] = (name, labels = {}) =>
    samples
      .filter((one) => one.name === name && Object.entries(labels).every(([label, word]) => one.labels[label] === word))
      .reduce((sum, one) => sum + one.value, 0);
  return { kinds, samples, value };
};
