import { expect, test } from "bun:test";
import { tellTime } from "./clock.ts";

const noon = Date.UTC(2026, 10, 29, 12, 0, 5);

test("a time is told in the person's zone, with the offset and the day there", () => {
  expect(tellTime(noon, "Europe/Berlin")).toEqual({
    time: "2026-11-29T13:00:05+01:00",
    day: "Sunday",
    zone: "Europe/Berlin",
  });
  expect(tellTime(noon, "Pacific/Auckland")).toMatchObject({ time: "2026-11-30T01:00:05+13:00", day: "Monday" });
  expect(tellTime(noon, "Asia/Kolkata").time).toEndWith("+05:30");
  expect(tellTime(Date.UTC(2026, 6, 1), "America/New_York").time).toBe("2026-06-30T20:00:00-04:00");
});

test("without a zone, or with one that nobody knows, it is UTC and names none", () => {
  for (const zone of [undefined, null, "Mars/Olympus", ""]) {
    expect(tellTime(noon, zone)).toEqual({ time: "2026-11-29T12:00:05+00:00", day: "Sunday" });
  }
});

test("it is the moment that was meant", () => {
  for (const zone of ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"]) {
    expect(Date.parse(tellTime(noon, zone).time)).toBe(noon);
  }
});
