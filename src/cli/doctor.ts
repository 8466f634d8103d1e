/** `lettabox doctor`: looks at everything a lettabox needs and says what to do. */
import type { Flags } from "../config/config.ts";
import type { Told } from "../doctor/doctor.ts";
import { checkConfiguration } from "./configure.ts";
import { exitCodes, type Io } from "./io.ts";
import { configOptions, type Json, jsonOption, servingOptions, type Subcommand } from "./subcommand.ts";
import { version } from "./version.ts";

/** What is wrong with the configuration first: everything else rests on it. */
const diagnose = async (io: Io, given: Partial<Flags>): Promise<readonly Told[]> => {
  const checked = await checkConfiguration(io, given);
  const check = "configuration";
  if ("problems" in checked) {
    const { problemLine } = await import("../config/problem.ts");
    const fix = "Mend it where it was set; the rest is looked at once the configuration is valid.";
    return checked.problems.map((problem) => ({ check, state: "fail", text: problemLine(problem), fix }));
  }
  const { config } = checked;
  const { examine } = await import("../doctor/doctor.ts");
  const fix = "Take the name out of the environment, or use the one that is named.";
  return [
    {
      check,
      state: "ok",
      text: config.file === undefined ? "It is valid; there is no file." : `${config.file} is valid.`,
    },
    ...config.notices.map((text) => ({ check, state: "warn" as const, text, fix })),
    ...(await examine({ config, version, fetch, now: Date.now })),
  ];
};

/** A line for each finding, and what to do below it; several that need the same are followed by it once. */
const render = (findings: readonly Told[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ check, state, text, fix }, index) => {
      const line = `${state.padEnd(4)}  ${check.padEnd(width)}  ${text}\n`;
      const isSaid = fix === undefined || fix === findings[index + 1]?.fix;
      return isSaid ? line : `${line}${" ".repeat(width + 8)}→ ${fix}\n`;
    })
    .join("");
};

export const doctor: Subcommand<Partial<Flags> & Json> = {
  usage: "doctor",
  about: "look at everything a server needs and say what to do",
  options: [...configOptions, ...servingOptions, jsonOption],
  examples: ["lettabox doctor", "lettabox doctor --json"],
  async run({ io, given }) {
    const findings = await diagnose(io, given);
    const ok = findings.every(({ state }) => state !== "fail");
    if (given.json) await io.out(`${JSON.stringify({ ok, version, findings })}\n`);
    else await io.out(render(findings));
    return ok ? exitCodes.ok : exitCodes.failed;
  },
};
