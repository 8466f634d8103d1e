import { expect, test } from "bun:test";
import { createSeries, writeGauge } from "./series.ts";

const withoutDropped = (text: string): string => text.replace(/# HELP lettabox_series_dropped_total[^]*$/, "");

test("a counter has a head from the start and a line for each of its labels", () => {
  const series = createSeries();
  const counter = series.counter("asked_total", "Asked.");
  expect(withoutDropped(series.write())).toBe("# HELP asked_total Asked.\n# TYPE asked_total counter\n");
  counter.add({ who: "ada", how: "well" });
  counter.add({ who: "ada", how: "well" });
  counter.add({ who: 'b"\\\nb', how: "" });
  expect(withoutDropped(series.write()).split("\n").slice(2)).toEqual([
    'asked_total{who="ada",how="well"} 2',
    String.raw`asked_total{who="b\"\\\nb",how=""} 1`,
    "",
  ]);
});

test("a histogram counts into every bucket above, in seconds, bounds included", () => {
  const series = createSeries();
  const histogram = series.histogram("took_seconds", "Took.", [10, 2_500]);
  for (const ms of [10, 11, 2_501, -5]) histogram.observe(ms);
  expect(withoutDropped(series.write()).split("\n").slice(2)).toEqual([
    'took_seconds_bucket{le="0.01"} 2',
    'took_seconds_bucket{le="2.5"} 3',
    'took_seconds_bucket{le="+Inf"} 4',
    "took_seconds_sum 2.522",
    "took_seconds_count 4",
    "",
  ]);
});

test("labels that nobody bounded do not fill the memory: they are dropped, and that is counted", () => {
  const series = createSeries();
  const counter = series.counter("asked_total", "Asked.");
  for (let index = 0; index < 510; index += 1) counter.add({ who: String(index) });
  counter.add({ who: "7" });
  const text = series.write();
  expect(text.match(/^asked_total\{/gm)?.length).toBe(500);
  expect(text).toContain('asked_total{who="7"} 2\n');
  expect(text).toEndWith("\nlettabox_series_dropped_total 10\n");
});

test("a gauge is written as it is", () => {
  const samples = [{ labels: { state: "queued" }, value: 3 }, { value: 0.5 }];
  expect(writeGauge({ name: "open", help: "Open\nones.", samples })).toBe(
    '# HELP open Open ones.\n# TYPE open gauge\nopen{state="queued"} 3\nopen 0.5\n',
  );
});
