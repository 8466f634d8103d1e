/**
 * `bun run release`: binaries for every target in dist/release, packed, with a list of what is in them, the install script
 * and checksums. The same source makes the same files. A target that cannot be made is told, and the exit code is not 0.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { type Entry, tar, zip } from "./archive.ts";
import { compile, root } from "./compile.ts";
import { noticesOf, readPackages } from "./packages.ts";
import { sbomOf } from "./sbom.ts";
import { programOn, type Target, targets } from "./targets.ts";

const help = `bun run release [--only TARGET]... [--skip TARGET]... [--url URL] [--fast]

Targets: ${targets.map(({ name }) => name).join(", ")}
--url URL is where the files will lie; the install script fetches from there unless it is told otherwise.
--fast packs quickly and large, for a try.
`;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    skip: { type: "string", multiple: true, default: [] },
    url: { type: "string", default: "" },
    fast: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const { name, version, description, license, devDependencies } = manifest;
const out = join(root, "dist/release");

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const giveUp = (text: string): never => {
  process.stderr.write(`release: ${text}\n`);
  process.exit(2);
};

const lastCommit = (): string =>
  Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: root, stderr: "ignore" }).stdout.toString();

/** When the source was made: `SOURCE_DATE_EPOCH`, else the last commit. */
const sourceDate = (): Date => {
  const seconds = Number(process.env["SOURCE_DATE_EPOCH"] || lastCommit());
  return seconds > 0 ? new Date(seconds * 1000) : giveUp("there is no git history here; set SOURCE_DATE_EPOCH");
};

/** Packs with the same number of threads everywhere, because xz's output depends on it. */
const xz = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (Bun.which("xz") === null) giveUp("xz is needed (Debian: xz-utils)");
  const child = Bun.spawn(["xz", "-T2", values.fast ? "-0" : "-6", "-c"], { stdin: bytes, stdout: "pipe" });
  const packed = await child.stdout.bytes();
  if ((await child.exited) !== 0) throw new Error("xz failed");
  return packed;
};

const pack = async (target: Target, scratch: string, notices: string, madeAt: Date): Promise<string> => {
  const program = programOn(target);
  const binary = join(scratch, program);
  await compile(target, binary);
  const folder = `${name}-${version}-${target.name}`;
  const file = (path: string, bytes: Uint8Array, executable = false): Entry => ({
    path: `${folder}/${path}`,
    bytes,
    executable,
  });
  const entries = [
    file(program, readFileSync(binary), true),
    file("LICENSE", readFileSync(join(root, "LICENSE"))),
    file("THIRD-PARTY.txt", Buffer.from(notices)),
  ];
  const archive = `${folder}.${target.archive}`;
  writeFileSync(
    join(out, archive),
    target.archive === "zip" ? zip(entries, madeAt, values.fast ? 6 : 9) : await xz(tar(entries, madeAt)),
  );
  return archive;
};

const checksums = (): string =>
  readdirSync(out)
    .toSorted()
    .map((file) => `${new Bun.CryptoHasher("sha256").update(readFileSync(join(out, file))).digest("hex")}  ${file}\n`)
    .join("");

if (values.help) {
  say(help);
  process.exit(0);
}
const unknown = [...values.only, ...values.skip].filter((one) => !targets.some((target) => target.name === one));
if (unknown.length > 0) giveUp(`there is no target ${unknown.join(", ")}\n\n${help}`);
const wanted = targets.filter(
  (target) => (values.only.length === 0 || values.only.includes(target.name)) && !values.skip.includes(target.name),
);
if (!/^(https?:\/\/[\w.:/-]+)?$/.test(values.url))
  giveUp("--url has to be an address like https://example.org/lettabox");

const madeAt = sourceDate();
const packages = readPackages(root);
const bunVersion = devDependencies["bun-types"];
if (Bun.version !== bunVersion) giveUp(`this is Bun ${Bun.version}, but a release is made with ${bunVersion}`);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "lettabox-release-"));
const failed: string[] = [];
try {
  for (const target of wanted) {
    try {
      const archive = await pack(target, scratch, noticesOf(packages, bunVersion), madeAt);
      say(`${archive}  ${(Bun.file(join(out, archive)).size / 2 ** 20).toFixed(1)} MiB`);
    } catch (error) {
      failed.push(target.name);
      say(`${target.name} FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
writeFileSync(
  join(out, `${name}-${version}.cdx.json`),
  sbomOf({ name, version, description, license, bunVersion, madeAt }, packages),
);
const script = readFileSync(join(import.meta.dir, "install.sh"), "utf8");
writeFileSync(join(out, "install.sh"), script.replace(/^from=$/m, `from=${values.url}`));
writeFileSync(join(out, "SHA256SUMS"), checksums());
if (failed.length > 0)
  giveUp(`without ${failed.join(", ")}; to leave a target out: ${failed.map((one) => `--skip ${one}`).join(" ")}`);
say(`${readdirSync(out).length} files in dist/release`);
