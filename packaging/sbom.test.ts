import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { noticesOf, readPackages } from "./packages.ts";
import { sbomOf } from "./sbom.ts";

const root = join(import.meta.dir, "..");
const packages = readPackages(root);

const product = {
  name: manifest.name,
  version: manifest.version,
  description: manifest.description,
  license: manifest.license,
  bunVersion: manifest.devDependencies["bun-types"],
  madeAt: new Date("2031-02-03T04:05:06Z"),
};

type Bom = {
  readonly serialNumber: string;
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly hashes?: readonly { readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
};

const bom = JSON.parse(sbomOf(product, packages)) as Bom;
const refs = bom.components.map((one) => one["bom-ref"]);

describe("the list of packages", () => {
  test("has every dependency in its pinned version, and no tool of development", () => {
    const listed = packages.map(({ name, version }) => `${name}@${version}`);
    for (const [name, version] of Object.entries(manifest.dependencies)) expect(listed).toContain(`${name}@${version}`);
    for (const name of Object.keys(manifest.devDependencies))
      expect(listed.some((one) => one.startsWith(`${name}@`))).toBe(false);
  });

  test("knows everybody's licence and hash, and the text to pass on", () => {
    for (const { name, license, sha512, notice } of packages) {
      expect([name, license]).toEqual([
        name,
        expect.stringMatching(/^[\w.-]+( (OR|AND) [\w.-]+)*$/) as unknown as string,
      ]);
      expect([name, sha512]).toEqual([name, expect.stringMatching(/^[0-9a-f]{128}$/) as unknown as string]);
      if (notice !== undefined) expect(noticesOf(packages, "1")).toContain(notice);
    }
  });
});

describe("the CycloneDX list", () => {
  test("names each component once, and depends on nothing that is not in it", () => {
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs).toHaveLength(packages.length + 1);
    expect(refs).toContain("pkg:npm/%40letta-ai/letta-client@1.12.1");
    const known = new Set([...refs, `pkg:npm/${manifest.name}@${manifest.version}`]);
    for (const { ref, dependsOn = [] } of bom.dependencies) {
      for (const one of [ref, ...dependsOn]) expect(known).toContain(one);
    }
  });

  test("is the same for the same source, and another for another", () => {
    expect(sbomOf(product, packages)).toBe(sbomOf(product, packages));
    const other = JSON.parse(sbomOf({ ...product, version: "9.9.9" }, packages)) as Bom;
    expect(other.serialNumber).not.toBe(bom.serialNumber);
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
