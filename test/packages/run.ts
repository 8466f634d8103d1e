/**
 * Uses a whole release as strangers would: checks sums, unpacks, runs every binary that can be run here, also of other
 * machines, and has the list of contents, the script and the Dockerfile read by programs made for that. Run it after
 * `bun run release`. What cannot be had here is skipped, which is said. The last line counts what passed and failed.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import manifest from "../../package.json" with { type: "json" };
import { compile } from "../../packaging/compile.ts";
import { programOn, type Target, targets } from "../../packaging/targets.ts";
import { borrowMachines, borrowPython, type Machines } from "./borrow.ts";
import { serveAndAsk } from "./serve-and-ask.ts";

const root = join(import.meta.dir, "../..");
const release = join(root, "dist/release");
const version = manifest.version;
const largestMiB = { "tar.xz": 50, zip: 60 } as const;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

let passed = 0;
let failed = 0;

const check = async (what: string, work: () => Promise<unknown> | unknown): Promise<void> => {
  try {
    if ((await work()) === false) throw new Error("it does not hold");
    passed += 1;
    print(`ok    ${what}`);
  } catch (error) {
    failed += 1;
    const said = error instanceof $.ShellError ? `${error.stdout}${error.stderr}` : "";
    print(`FAIL  ${what}: ${error instanceof Error ? error.message : String(error)}\n${said}`);
  }
};

const folder = mkdtempSync(join(tmpdir(), "lettabox-packages-"));
const nameOf = ({ name }: Target): string => `lettabox-${version}-${name}`;
const archiveOf = (target: Target): string => join(release, `${nameOf(target)}.${target.archive}`);
const binaryOf = (target: Target): string => join(folder, nameOf(target), programOn(target));

/** The words that start a target's binary here; undefined where it cannot run. */
const startOf = (target: Target, machines: Machines | undefined): readonly string[] | undefined => {
  const binary = binaryOf(target);
  if (process.platform !== "linux" || process.arch !== "x64")
    return target.name === `${process.platform}-${process.arch}` ? [binary] : undefined;
  if (target.name === "linux-x64") return [binary];
  if (!machines) return undefined;
  const { qemu, glibcArm64, muslX64, muslArm64 } = machines;
  const known: Readonly<Record<string, readonly string[]>> = {
    "linux-arm64": [qemu, "-L", glibcArm64, binary],
    "linux-x64-musl": [
      join(muslX64, "usr/lib/ld-musl-x86_64.so.1"),
      "--library-path",
      join(muslX64, "usr/lib"),
      binary,
    ],
    "linux-arm64-musl": [
      join(qemu),
      join(muslArm64, "usr/lib/ld-musl-aarch64.so.1"),
      "--library-path",
      join(muslArm64, "usr/lib"),
      binary,
    ],
  };
  return known[target.name];
};

/** What a program of a system begins with. */
const formats: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  linux: (bytes) => bytes.subarray(0, 4).equals(Buffer.from("\x7fELF")),
  // 64-bit Mach-O for arm64.
  darwin: (bytes) => bytes.readUInt32LE(0) === 0xfeedfacf && bytes.readUInt32LE(4) === 0x0100000c,
  windows: (bytes) => {
    const at = bytes.readUInt32LE(0x3c);
    return bytes.toString("latin1", at, at + 4) === "PE\0\0" && bytes.readUInt16LE(at + 4) === 0x8664;
  },
};

// Fetched while the archives are looked at.
const lentMachines = borrowMachines(join(folder, "machines"), print);
const lentPython = borrowPython(join(folder, "python"), print);

await check("every target has its archive, and the sums are right", async () => {
  await $`sha256sum --check --strict --quiet SHA256SUMS`.cwd(release).quiet();
  const listed = readFileSync(join(release, "SHA256SUMS"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.slice(66));
  const wanted = [
    ...targets.map((target) => `${nameOf(target)}.${target.archive}`),
    "install.sh",
    `lettabox-${version}.cdx.json`,
  ];
  if (listed.toSorted().join() !== wanted.toSorted().join()) throw new Error(listed.join(", "));
});

for (const target of targets) {
  await check(
    `${target.name}: the archive has the program, its licence and everybody else's; both entry points are in it`,
    async () => {
      const archive = archiveOf(target);
      if (target.archive === "zip") await $`python3 -m zipfile -e ${archive} ${folder}`.quiet();
      else await $`tar -xJf ${archive} -C ${folder}`.quiet();
      const files = readdirSync(join(folder, nameOf(target))).toSorted();
      if (files.join() !== ["LICENSE", "THIRD-PARTY.txt", programOn(target)].toSorted().join())
        throw new Error(files.join());
      const bytes = readFileSync(binaryOf(target));
      if (formats[target.name.split("-")[0] ?? ""]?.(bytes) !== true)
        throw new Error("it is no program of that system");
      if (!bytes.includes("root/store/writer.js") || !bytes.includes("root/lettabox"))
        throw new Error("an entry point is missing");
      return Bun.file(archive).size <= largestMiB[target.archive] * 2 ** 20;
    },
  );
}

const machines = await lentMachines;
for (const target of targets) {
  const start = startOf(target, machines);
  if (start === undefined) print(`skip  ${target.name} cannot be run here`);
  else
    await check(`${target.name}: it serves, answers a message and stops`, () =>
      serveAndAsk(start, join(folder, `data-${target.name}`)),
    );
}

await check("the same source gives the same program", async () => {
  const [target] = targets;
  if (target === undefined) return false;
  const again = join(folder, "again", programOn(target));
  mkdirSync(join(folder, "again"));
  await compile(target, again);
  return readFileSync(again).equals(readFileSync(binaryOf(target)));
});

await check("the install script installs it", async () => {
  const to = join(folder, "bin");
  await $`sh ${join(release, "install.sh")} --to ${to}`.quiet();
  return (await $`${join(to, "lettabox")} version`.text()) === `${version}\n`;
});

const python = await lentPython;
if (python !== undefined) {
  const validator = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(error) if error else 0)`;
  const env = { ...process.env, PYTHONPATH: python };
  const list = join(release, `lettabox-${version}.cdx.json`);
  await check("the list of contents is CycloneDX 1.6", () => $`python3 -c ${validator} ${list}`.env(env).quiet());
  await check("hadolint finds nothing in the Dockerfile", () =>
    $`${join(python, "bin/hadolint")} Dockerfile`.cwd(root).quiet(),
  );
  await check("shellcheck finds nothing in the install script", () =>
    $`${join(python, "bin/shellcheck")} packaging/install.sh`.cwd(root).quiet(),
  );
}

rmSync(folder, { recursive: true, force: true });
print(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
