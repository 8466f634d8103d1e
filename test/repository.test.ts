/** What has to agree in the repository although no compiler checks it: migrations, versions, the lock file. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import drizzle from "../drizzle.config.ts";
import { migrations } from "../migrations/index.ts";
import journal from "../migrations/meta/_journal.json" with { type: "json" };
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dir, "..");
const folder = join(root, "migrations");

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "lettabox-migrations-"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const filesIn = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).toSorted();

/** Runs drizzle-kit on a copy of the migrations; answers what it printed. */
const runDrizzleKit = async (command: string, ...options: readonly string[]): Promise<string> => {
  // drizzle-kit puts "./" in front of whatever it is given.
  const out = relative(root, scratch);
  const kit = Bun.spawn({
    cmd: [
      process.execPath,
      "node_modules/drizzle-kit/bin.cjs",
      command,
      "--dialect",
      drizzle.dialect,
      "--out",
      out,
      ...options,
    ],
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
  });
  const printed = (await Promise.all([kit.stdout.text(), kit.stderr.text()])).join("");
  expect(await kit.exited, printed).toBe(0);
  return printed;
};

test("the embedded migrations are those of drizzle's journal, in its order", () => {
  const hint = "add the migration to migrations/index.ts, in the order of migrations/meta/_journal.json";
  expect(
    migrations.map(({ name }) => name),
    hint,
  ).toEqual(journal.entries.map(({ tag }) => tag));
  const files = filesIn(folder).filter((name) => name.endsWith(".sql"));
  expect(files, hint).toEqual(migrations.map(({ name }) => `${name}.sql`).toSorted());
  for (const { name, sql } of migrations) expect(sql).toBe(readFileSync(join(folder, `${name}.sql`), "utf8"));
});

test("the schema has no change without a migration", async () => {
  cpSync(folder, scratch, { recursive: true });
  const { schema, casing } = drizzle as { readonly schema: string; readonly casing: string };
  const printed = await runDrizzleKit("generate", "--schema", schema, "--casing", casing);
  expect(filesIn(scratch), `run: bun run db:generate\n${printed}`).toEqual(filesIn(folder));
  await runDrizzleKit("check");
}, 60_000);

test("every dependency is pinned to one version", () => {
  const dependencies = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(dependencies.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test("there are at most ten scripts, and check is what CI runs", () => {
  expect(Object.keys(manifest.scripts).length).toBeLessThanOrEqual(10);
  for (const part of ["prettier --check", "oxlint", "--deny-warnings", "tsc", "bun test"]) {
    expect(manifest.scripts.check).toContain(part);
  }
});

test("the top level holds what is read first, and what programs look for there", () => {
  // Dockerfile: Docker, Railway and Fly find it by themselves only here.
  const documents = ["Dockerfile", "LICENSE", "README.md", "docs"];
  const code = ["migrations", "packaging", "src", "test"];
  const settings = ["bun.lock", "bunfig.toml", "drizzle.config.ts", "package.json", "tsconfig.json"];
  const made = ["dist", "node_modules"];
  const present = readdirSync(root).filter((name) => !name.startsWith(".") && !made.includes(name));
  expect(present.toSorted()).toEqual([...documents, ...code, ...settings].toSorted());
});

test("the lock file names no registry, so that it serves behind any", () => {
  const lock = readFileSync(join(root, "bun.lock"), "utf8");
  expect(lock.match(/\w+:\/\/[^"\s]+/g) ?? []).toEqual([]);
});
