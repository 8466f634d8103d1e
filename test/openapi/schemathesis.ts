/**
 * Schemathesis against a running server with the demo agent: `bun test/openapi/schemathesis.ts [seconds]`. It makes
 * requests from `/openapi.json`, right ones and wrong ones, and looks whether the answers are as it says and none is a
 * server error. Needs python3 and, once per machine, PyPI. The last line says `N passed, N failed`, in operations.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../support/app.ts";

const version = "4.32.5";

/** Seconds that requests are made, once the examples and edges are through. */
const budget = Number(Bun.argv[2] ?? 90);

const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "unsupported_method",
  "ignored_auth",
];

const run = async (
  command: readonly string[],
  cwd?: string,
): Promise<{ readonly code: number; readonly out: string }> => {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
    // A hang is a failure too.
    timeout: 10 * 60_000,
  });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, out: out + err };
};

const demand = async (command: readonly string[]): Promise<void> => {
  const { code, out } = await run(command);
  if (code !== 0) throw new Error(`${command.join(" ")} failed with ${code}:\n${out.trimEnd()}`);
};

/** Answers the program, installed once per machine and version, outside the repository. */
const install = async (): Promise<string> => {
  const cache = Bun.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const venv = join(cache, `lettabox-schemathesis-${version}`);
  const python = join(venv, "bin", "python");
  if (existsSync(python)) return python;
  console.log(`Installing Schemathesis ${version} into ${venv} (once)`);
  const building = `${venv}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  try {
    await demand(["python3", "-m", "venv", building]);
    const pip = [join(building, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await demand([...pip, `schemathesis==${version}`]);
    // Complete or not there at all. We call Python by path, so it may move.
    renameSync(building, venv);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return python;
};

const python = await install();
const dir = mkdtempSync(join(tmpdir(), "lettabox-schemathesis-"));
// It tries many wrong tokens, all from one address.
const box = await startApp({ limits: { badTokensPerMinute: 0 } });
try {
  const report = join(dir, "junit.xml");
  const options = {
    header: `Authorization: Bearer ${box.token}`,
    checks: checks.join(","),
    phases: "examples,coverage,fuzzing",
    "max-time": budget,
    "max-examples": 20,
    "request-timeout": 30,
    seed: 1,
    report: "junit",
    "report-junit-path": report,
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const start = "from schemathesis.cli import schemathesis; schemathesis()";
  const command = [python, "-c", start, "run", `${box.url}/openapi.json`, "--continue-on-failure", "--no-color"];
  const { code, out } = await run([...command, ...flags], dir);
  console.log(out.trimEnd());
  const xml = existsSync(report) ? readFileSync(report, "utf8") : "";
  const cases = xml.split("<testcase ").slice(1);
  const failed = cases.filter((one) => /<(failure|error)\b/.test(one)).length;
  // Broken without a failed operation, it has tested nothing.
  const broken = (code !== 0 && failed === 0) || cases.length === 0 ? 1 : 0;
  process.exitCode = failed + broken > 0 ? 1 : 0;
  console.log(`\n${cases.length - failed} passed, ${failed + broken} failed`);
} finally {
  await box.stop();
  rmSync(dir, { recursive: true, force: true });
}
