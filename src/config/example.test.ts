import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { asFault } from "../errors.ts";
import { loadConfig } from "./config.ts";
import { exampleFile } from "./example.ts";
import { describeSchema } from "./json-schema.ts";
import { defaultAt, settings, valueAt } from "./names.ts";

let cwd: string;
beforeAll(() => void (cwd = mkdtempSync(join(tmpdir(), "lettabox-example-"))));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const load = (yaml: string) => {
  writeFileSync(join(cwd, "lettabox.yaml"), yaml);
  return loadConfig({ flags: {}, env: {}, cwd });
};

/** With every setting in force, as whoever takes "# " away everywhere. */
const inForce = exampleFile().replaceAll(/^# /gm, "");
/** And with every placeholder replaced, a bot's token by one of its shape. */
const filled = inForce
  .replaceAll("<your botToken>", "123456789:0123456789abcdef")
  .replaceAll(/<[^>]*>/g, "0123456789abcdef0123456789abcdef");

describe("the example file", () => {
  test("sets nothing as it is", async () => {
    const { notices, sources } = await load(exampleFile());
    expect(notices).toEqual([]);
    expect(Object.values(sources).filter((source) => !source.startsWith("default"))).toEqual([]);
  });

  test("is valid with every line in force, and leaves no setting out", async () => {
    const { sources } = await load(filled);
    const missing = settings.filter(({ path }) => sources[path] !== join(cwd, "lettabox.yaml"));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  test("shows the defaults where there are some", () => {
    const content: unknown = parse(filled);
    for (const setting of settings) {
      const fallback = defaultAt(setting);
      if (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0)) continue;
      expect([setting.path, valueAt(content, setting.path)]).toEqual([setting.path, fallback]);
    }
  });

  test("a placeholder of a secret is refused as long as nobody replaced it", async () => {
    const fault = await load(inForce).then(() => undefined, asFault);
    const secrets = settings.filter(({ secret }) => secret).map(({ path }) => path);
    expect(fault?.code).toBe("config_invalid");
    for (const path of secrets) expect(fault?.message).toContain(path);
    expect(fault?.message.split("\n").length).toBe(secrets.length + 1);
  });

  test("has no line wider than a page", () => {
    expect(
      Math.max(
        ...exampleFile()
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(120);
  });
});

describe("the JSON Schema", () => {
  const described = describeSchema();
  // What an editor would say, by another reader of JSON Schema than the one that wrote it.
  const editor = z.fromJSONSchema(described as Parameters<typeof z.fromJSONSchema>[0]);

  test("is of 2020-12 and describes every setting with its default", () => {
    expect(described.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    for (const setting of settings) {
      const path = setting.path.split(".").join(".properties.");
      const node = valueAt(described, `properties.${path}`) as { description?: string; default?: unknown };
      expect(node.description, setting.path).toBe(setting.text);
      expect(node.default, setting.path).toEqual(defaultAt(setting));
    }
  });

  test("accepts the example and nothing that is misspelt or of another kind", () => {
    const content = parse(filled) as Readonly<Record<string, unknown>>;
    expect(editor.safeParse(content).success).toBe(true);
    expect(editor.safeParse({}).success).toBe(true);
    for (const wrong of [{ prot: 1 }, { port: 65_536 }, { letta: { agentIds: [7] } }, { logLevel: "loud" }]) {
      expect(editor.safeParse({ ...content, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});

test("every setting is described, once, and no name has two meanings", () => {
  const leaves = (type: unknown, path: string): readonly string[] =>
    typeof type === "object" && type !== null && "properties" in type
      ? Object.entries(type.properties as object).flatMap(([name, below]) =>
          leaves(below, path === "" ? name : `${path}.${name}`),
        )
      : [path];
  // Which channel a bot has goes by its name where it is called like one.
  const described = leaves(describeSchema(), "").filter((path) => !/^bots\.[^.]+\.channel$/.test(path));
  expect(settings.map(({ path }) => path).toSorted()).toEqual(described.toSorted());
  const names = settings.flatMap(({ env, aliases = [] }) => (env === undefined ? [] : [env, ...aliases]));
  expect(new Set(names).size).toBe(names.length);
});
