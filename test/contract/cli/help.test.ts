/** Every subcommand explains itself, and says clearly what is wrong with a command line. */
import { describe, expect, test } from "bun:test";
import manifest from "../../../package.json" with { type: "json" };
import { exitCodes } from "../../../src/cli/io.ts";
import { run, runHere } from "../../support/program.ts";
import { leaves, optionsOf } from "../../support/docs-commands.ts";

const lettabox = (...args: readonly string[]) => runHere(args, { cwd: "/" });

describe.each(leaves.map(({ name, command }) => ({ name, command })))("lettabox $name", ({ name, command }) => {
  test("has help with examples of itself", async () => {
    const { code, out, err } = await lettabox(...name.split(" "), "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toStartWith(`Usage: lettabox ${name} `);
    const examples = out.split("\nExamples:\n")[1] ?? "";
    expect(
      examples
        .trim()
        .split("\n")
        .filter((line) => !line.includes(`lettabox ${name}`)),
    ).toEqual([]);
    for (const option of optionsOf(command)) expect(out).toContain(option);
  });

  test("refuses an option that it has not, and names the nearest", async () => {
    const [known = "--help"] = optionsOf(command);
    const required = command.options.filter(({ mandatory }) => mandatory).flatMap(({ long }) => [long ?? "", "x"]);
    const { code, out, err } = await lettabox(...name.split(" "), ...required, `${known.slice(0, -1)}x`);
    expect({ code, out }).toEqual({ code: exitCodes.usage, out: "" });
    expect(err).toContain(`error: unknown option '${known.slice(0, -1)}x'\n(Did you mean `);
  });

  test("refuses a word too many or too few", async () => {
    const wanted = command.registeredArguments;
    if (wanted.some(({ variadic }) => variadic) || wanted.length > 0) {
      expect(await lettabox(...name.split(" "))).toMatchObject({ code: exitCodes.usage, out: "" });
    }
    if (wanted.some(({ variadic }) => variadic)) return;
    const { code, err } = await lettabox(...name.split(" "), ...wanted.map(() => "1"), "more");
    expect(code).toBe(exitCodes.usage);
    expect(err).toMatch(/^error: (too many arguments|required option)/);
  });
});

test("the exit codes are listed where everybody looks first", async () => {
  const { code, out } = await lettabox("--help");
  expect(code).toBe(0);
  for (const exit of Object.values(exitCodes)) expect(out).toMatch(new RegExp(`\\b${exit} \\w`));
});

test("a subcommand that does not exist is refused, and the nearest is named", async () => {
  const { code, err } = await lettabox("sevre");
  expect({ code, err }).toEqual({ code: 2, err: "error: unknown command 'sevre'\n(Did you mean serve?)\n" });
  for (const group of ["token", "turns", "deadletters", "config", "keys"]) {
    expect(await lettabox(group)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining(`Usage: lettabox ${group}`),
    });
  }
});

test("version is the version, in an empty environment", async () => {
  const cwd = "/";
  const [plain, inJson, asOption, help] = await Promise.all([
    run(["version"], { cwd }),
    run(["version", "--json"], { cwd }),
    run(["--version"], { cwd }),
    run(["--help"], { cwd }),
  ]);
  expect(plain).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
  expect(JSON.parse(inJson.out)).toEqual({ version: manifest.version });
  expect(asOption).toEqual(plain);
  expect(help.out).toEndWith("130 stopped by Ctrl-C.\n");
});
