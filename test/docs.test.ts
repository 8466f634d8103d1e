/**
 * README and docs say what is true: commands run, links lead somewhere, tables match the program. A fence is tagged
 * - `sh`: run here, top to bottom, one shell per page (`support/docs-shell.ts`). A `text` fence after it shows what it
 *   printed (`…` stands for anything), a `json` fence the shape of it;
 * - `console`: needs something this test has not got (docker, a cloud, root, a minute); our own names in it are checked;
 * - `yaml`: a `lettabox.yaml`, read by the program, or a file of others, which begins as theirs do;
 * - `caddy`, `nginx`: settings of a proxy, tried in `flows/proxies.test.ts`; `toml` and `ini`: settings of others.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { parse } from "yaml";
import { loadConfig } from "../src/config/config.ts";
import { complainAbout, complainAboutNpx, knowsEnv, knowsFile } from "./support/docs-commands.ts";
import { type Fence, type Page, readPages, type Snippet } from "./support/docs-page.ts";
import { missingPrograms, openShell, stuckMs } from "./support/docs-shell.ts";

const root = join(import.meta.dir, "..");
const pages = readPages(root);
const tags = ["sh", "console", "json", "yaml", "toml", "text", "ini", "caddy", "nginx"];

const where = (page: Page, { line }: { readonly line: number }): string => `${page.path}:${line}`;

/** A JSON value with its texts and numbers taken out: two values of one shape are equal. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
};

/** Whether the text is what the fence shows, where `…` stands for anything. */
const shows = (fence: string, text: string): boolean => {
  const parts = fence.trim().split("…").map(RegExp.escape);
  return new RegExp(`^${parts.join("[^]*?")}$`).test(text.trim());
};

const compare = (fence: Fence, printed: string, place: string): void => {
  if (fence.tag === "json") {
    expect(shapeOf(JSON.parse(fence.text)), `${place} has not the shape of ${printed}`).toEqual(
      shapeOf(JSON.parse(printed)),
    );
  }
  if (fence.tag === "text") expect(shows(fence.text, printed), `${place} does not show:\n${printed}`).toBe(true);
};

describe("what README and docs tell to run, runs", () => {
  const missing = missingPrograms();
  for (const page of pages) {
    const commands = page.fences.filter(({ tag }) => tag === "sh").length;
    if (commands === 0) continue;
    test.concurrent.skipIf(missing.length > 0)(
      `${page.path}${missing.length > 0 ? ` (needs ${missing.join(", ")})` : ""}`,
      async () => {
        const shell = openShell();
        try {
          let printed: string | undefined;
          for (const fence of page.fences) {
            if (fence.tag === "sh") printed = await shell.run(fence.text);
            else if (fence.follows && printed !== undefined) compare(fence, printed, where(page, fence));
          }
        } finally {
          await shell.stop();
        }
      },
      // Each fence has its own limit; there is no second one for how many a page has.
      commands * stuckMs,
    );
  }
});

describe("fences", () => {
  const fences = pages.flatMap((page) => page.fences.map((fence) => ({ page, fence, place: where(page, fence) })));

  test("each has a tag that this test knows", () => {
    expect(fences.filter(({ fence }) => !tags.includes(fence.tag)).map(({ place }) => place)).toEqual([]);
  });

  test("json is JSON", () => {
    for (const { fence, place } of fences) {
      if (fence.tag === "json") expect(() => JSON.parse(fence.text) as unknown, place).not.toThrow();
    }
  });

  test("toml is TOML", () => {
    for (const { fence, place } of fences) {
      if (fence.tag === "toml") expect(() => Bun.TOML.parse(fence.text), place).not.toThrow();
    }
  });

  test("yaml is a configuration that the program accepts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lettabox-docs-yaml-"));
    const path = join(folder, "lettabox.yaml");
    try {
      for (const { fence, place } of fences) {
        if (fence.tag !== "yaml") continue;
        if (/^(services|endpoints|scrape_configs|groups):/.test(fence.text)) {
          expect(() => parse(fence.text) as unknown, place).not.toThrow();
          continue;
        }
        writeFileSync(path, fence.text);
        const env = { LETTABOX_API_KEY: "0123456789abcdef" };
        const config = await loadConfig({ flags: { config: path }, env, cwd: folder }).catch((error: unknown) => error);
        expect(config, place).not.toBeInstanceOf(Error);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("commands that are not run exist, with their options", () => {
    const complaints = fences.flatMap(({ page, fence, place }) => {
      if (fence.tag !== "console") return [];
      const text = fence.text.replaceAll(/\\\n\s*/g, " ");
      return [
        ...[...text.matchAll(/(?:^|[\s(/])lettabox +(\S.*)$/gm)].flatMap(([, line = ""]) => complainAbout(line, true)),
        ...[...text.matchAll(/bun@(\S+) run (\S+)/g)].flatMap(([, version = "", script = ""]) =>
          complainAboutNpx(version, script),
        ),
        ...unknownEnv(page, text),
      ].map((complaint) => `${place}: ${complaint}`);
    });
    expect(complaints).toEqual([]);
  });
});

/** Environment names in a text that neither the program nor the page itself knows. */
const unknownEnv = (page: Page, text: string): readonly string[] => {
  const assigned = page.fences.flatMap((fence) =>
    [...fence.text.matchAll(/^([A-Z_]+)=\$\(/gm)].map(([, name]) => name),
  );
  return [...text.matchAll(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g)]
    .map(([name]) => name)
    .filter((name) => !assigned.includes(name) && !knowsEnv(name))
    .map((name) => `the program does not know ${name}`);
};

const complain = (check: (page: Page, code: Snippet) => readonly string[]): readonly string[] =>
  pages.flatMap((page) =>
    page.codes.flatMap((code) => check(page, code).map((complaint) => `${where(page, code)}: ${complaint}`)),
  );

describe("words between backticks", () => {
  test("commands exist, with their options", () => {
    const found = complain((_, { text }) => {
      const line = /^lettabox +(\S.*)$/.exec(text)?.[1];
      return line === undefined ? [] : complainAbout(line, false);
    });
    expect(found).toEqual([]);
  });

  test("environment names are known", () => {
    expect(complain((page, { text }) => (/^[A-Z_]+(=\S*)?$/.test(text) ? unknownEnv(page, text) : []))).toEqual([]);
  });

  test("files exist, or the program names them", () => {
    const isPath = /^(?:DATA_DIR\/|\.\/)?[\w.-]+(?:\/[\w.-]+)*(?:\/|\.(?:ts|md|json|yaml|sqlite|token|key|sock|lock))$/;
    const found = complain((_, { text }) => (isPath.test(text) && !knowsFile(text) ? [`there is no ${text}`] : []));
    expect(found).toEqual([]);
  });
});

test("links lead to files and headings that exist", () => {
  const broken = pages.flatMap((page) =>
    page.links.flatMap((link) => {
      if (/^https?:/.test(link.text)) return [];
      const [file = "", anchor] = link.text.split("#");
      const path = file === "" ? page.path : normalize(join(dirname(page.path), file));
      if (!existsSync(join(root, path))) return [`${where(page, link)}: there is no ${path}`];
      const headings = pages.find((one) => one.path === path)?.headings ?? [];
      if (anchor === undefined || headings.some((heading) => heading.anchor === anchor)) return [];
      return [`${where(page, link)}: ${path} has no heading for #${anchor}`];
    }),
  );
  expect(broken).toEqual([]);
});
