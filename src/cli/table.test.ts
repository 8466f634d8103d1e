import { expect, test } from "bun:test";
import { fields, table } from "./table.ts";

test("names that others gave themselves say nothing to a terminal", () => {
  const name = "Eve\u001b]0;root\u0007\u009b2J\r\n\u202eeb";
  expect(table(["NAME", "ID"], [[name, "7"]])).toBe(`${"NAME".padEnd(19)}ID\nEve ]0;root 2J eb  7\n`);
  expect(fields({ name })).toBe("name  Eve ]0;root 2J eb\n");
});

test("other writing stays as it is", () => {
  const name = "نور 👩‍🚀 Zoë";
  expect(table(["NAME"], [[name]])).toContain(name);
});
