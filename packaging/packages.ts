/** The npm packages that are in the binary, as bun.lock and what is installed tell it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Package = {
  readonly name: string;
  readonly version: string;
  /** SPDX id or expression, as the package says it. */
  readonly license: string;
  /** SHA-512 of its archive in the registry, in hex. */
  readonly sha512: string;
  /** Names of the packages that it needs. */
  readonly needs: readonly string[];
  /** The text that it wants to be copied with it; undefined when it ships none. */
  readonly notice: string | undefined;
};

type Info = { readonly dependencies?: Readonly<Record<string, string>> };
type Lock = {
  readonly workspaces: Readonly<Record<string, Info>>;
  /** Name and version, registry, what it needs, `sha512-` and a hash in base64. */
  readonly packages: Readonly<Record<string, readonly [string, string, Info, string]>>;
};

/** `a/@s/b` in the lock file is b as a needs it: `node_modules/a/node_modules/@s/b`. */
const folderOf = (root: string, key: string): string =>
  join(root, ...(key.match(/(?:@[^/]+\/)?[^/]+/g) ?? []).flatMap((name) => ["node_modules", name]));

const noticeIn = (folder: string): string | undefined => {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|notice)(\.|$)/i.test(name));
  return file === undefined ? undefined : readFileSync(join(folder, file), "utf8").trim();
};

const readPackage = (root: string, lock: Lock, key: string): Package => {
  const [id, , { dependencies = {} }, integrity] = lock.packages[key] ?? ["", "", {}, ""];
  const folder = folderOf(root, key);
  if (!existsSync(folder)) throw new Error(`${key} is not installed; run: bun install`);
  const { license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly license?: string };
  const [, name = "", version = ""] = /^(.+)@([^@]+)$/.exec(id) ?? [];
  return {
    name,
    version,
    license: license ?? "",
    sha512: Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex"),
    needs: Object.keys(dependencies),
    notice: noticeIn(folder),
  };
};

/** The dependencies and what they need in turn, by name; peers are not followed, because nobody bundles those. */
export const readPackages = (root: string): readonly Package[] => {
  const lock = Bun.JSONC.parse(readFileSync(join(root, "bun.lock"), "utf8")) as Lock;
  const found = new Map<string, Package>();
  const visit = (name: string, parent: string): void => {
    const own = `${parent}/${name}`;
    const key = own in lock.packages ? own : name;
    if (found.has(key)) return;
    const one = readPackage(root, lock, key);
    found.set(key, one);
    for (const needed of one.needs) visit(needed, key);
  };
  for (const name of Object.keys(lock.workspaces[""]?.dependencies ?? {})) visit(name, "");
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

/** Everybody's licence texts, as one file that goes with the binary. */
export const noticesOf = (packages: readonly Package[], bunVersion: string): string =>
  [
    `lettabox contains Bun ${bunVersion} (https://bun.com/docs/project/licensing) and these packages:`,
    ...packages.map(
      ({ name, version, license, notice }) => `${"=".repeat(78)}\n${name} ${version} (${license})\n\n${notice ?? ""}`,
    ),
  ].join("\n\n") + "\n";
