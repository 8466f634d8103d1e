/** `lettabox config …` as an operator uses it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../support/app.ts";
import { run, runHere } from "../../support/program.ts";

let cwd: string;
let file: string;
beforeEach(() => {
  cwd = tempDir();
  file = join(cwd, "lettabox.yaml");
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const lettabox = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runHere(args, { cwd, env });

test("print shows each value with its source, and no secret", async () => {
  writeFileSync(file, "apiKey: canary-in-the-file\nlimits:\n  messageChars: 500\n");
  const env = { LETTA_API_KEY: "canary-letta-key", PORT: "9191", LETTABOT_LOG_LEVEL: "warn" };
  const { code, out, err } = await lettabox(["config", "print", "--host", "localhost"], env);
  expect(code).toBe(0);
  expect(out).toStartWith("upstream: cloud https://api.letta.com\n");
  expect(out.split("\n")).toEqual(
    expect.arrayContaining([
      "host: localhost (command line --host)",
      "port: 9191 (environment PORT)",
      `limits.messageChars: 500 (${file})`,
      "limits.drainMs: 10000 (default)",
      `apiKey: set (from ${file})`,
      "letta.apiKey: set (from environment LETTA_API_KEY)",
    ]),
  );
  expect(err).toBe("LETTABOT_LOG_LEVEL: accepted, now LOG_LEVEL\n");
  const inJson = await lettabox(["config", "print", "--json"], env);
  const { settings, ...rest } = JSON.parse(inJson.out) as { settings: readonly object[] };
  expect(rest).toEqual({
    upstream: "cloud",
    server: "https://api.letta.com",
    file,
    notices: ["LETTABOT_LOG_LEVEL: accepted, now LOG_LEVEL"],
  });
  expect(settings).toContainEqual({ path: "apiKey", value: "[secret]", source: file });
  expect(`${out}${err}${inJson.out}`).not.toContain("canary");
});

test("validate says which file is valid, and what has changed its name", async () => {
  expect(await lettabox(["config", "validate"])).toEqual({
    code: 0,
    out: "The configuration is valid (there is no file).\n",
    err: "",
  });
  writeFileSync(file, "port: 1\n");
  const env = { API_HOST: "localhost" };
  expect(await lettabox(["config", "validate"], env)).toEqual({
    code: 0,
    out: `The configuration is valid: ${file}.\nAPI_HOST: accepted, now HOST\n`,
    err: "",
  });
  const { out } = await lettabox(["config", "validate", "--json"], env);
  expect(JSON.parse(out)).toEqual({
    valid: true,
    file,
    notices: ["API_HOST: accepted, now HOST"],
    problems: [],
  });
});

test("validate tells every problem at once, to people and to programs", async () => {
  writeFileSync(file, "prot: 1\nletta:\n  background: perhaps\n");
  const { code, out, err } = await lettabox(["config", "validate"], { LOG_LEVEL: "loud" });
  expect({ code, out }).toEqual({ code: 78, out: "" });
  expect(err).toBe(`lettabox: The configuration is not valid:
  LOG_LEVEL (environment): must be one of debug, info, warn, error, silent
  letta.background (${file}:3): must be true or false
  prot (${file}:1): unknown; did you mean port?
Mend each of these and start again.
`);
  const inJson = await lettabox(["config", "validate", "--json"], { LOG_LEVEL: "loud" });
  expect({ code: inJson.code, err: inJson.err }).toEqual({ code: 78, err: "" });
  expect(JSON.parse(inJson.out)).toEqual({
    valid: false,
    problems: [
      expect.objectContaining({ name: "LOG_LEVEL", where: "environment", setting: "logLevel" }),
      {
        name: "letta.background",
        where: `${file}:3`,
        setting: "letta.background",
        text: "must be true or false",
      },
      { name: "prot", where: `${file}:1`, setting: "prot", text: "unknown; did you mean port?" },
    ],
  });
});

test("schema and example can be written to files, also where the configuration is wrong", async () => {
  writeFileSync(file, "prot: 1\n");
  const schema = await run(["config", "schema"], { cwd });
  expect({ code: schema.code, err: schema.err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(schema.out)).toMatchObject({ title: "lettabox.yaml", properties: { port: { default: 8080 } } });
  const example = await run(["config", "example"], { cwd });
  expect({ code: example.code, err: example.err }).toEqual({ code: 0, err: "" });
  writeFileSync(file, example.out);
  expect(await lettabox(["config", "validate"])).toMatchObject({ code: 0 });
});
