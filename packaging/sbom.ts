/** What the binary is made of, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). */
import type { Package } from "./packages.ts";

export type Product = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly bunVersion: string;
  /** When the source was made, not when this runs: the same source has the same list. */
  readonly madeAt: Date;
};

const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace("@", "%40")}@${version}`;

const licenses = (license: string) =>
  / (OR|AND|WITH) /.test(license) ? [{ expression: license }] : [{ license: { id: license } }];

const component = ({ name, version, license, sha512 }: Package) => {
  const [, group, plain = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const purl = purlOf(name, version);
  return {
    type: "library",
    "bom-ref": purl,
    ...(group !== undefined && { group }),
    name: plain,
    version,
    scope: "required",
    hashes: [{ alg: "SHA-512", content: sha512 }],
    licenses: licenses(license),
    purl,
  };
};

/** A serial number that is the same for the same contents. */
const serialOf = (text: string): string => {
  const hex = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
};

/** The list as text. */
export const sbomOf = (product: Product, packages: readonly Package[]): string => {
  const own = purlOf(product.name, product.version);
  const bun = purlOf("bun", product.bunVersion);
  const refs = new Map(packages.map(({ name, version }) => [name, purlOf(name, version)]));
  const refsOf = (names: readonly string[]) => names.flatMap((name) => refs.get(name) ?? []);
  const components = [
    {
      type: "platform",
      "bom-ref": bun,
      name: "bun",
      version: product.bunVersion,
      scope: "required",
      licenses: licenses("MIT"),
      purl: bun,
    },
    ...packages.map(component),
  ];
  const dependencies = [
    { ref: own, dependsOn: components.map((one) => one["bom-ref"]) },
    { ref: bun },
    ...packages.map(({ name, version, needs }) => ({ ref: purlOf(name, version), dependsOn: refsOf(needs) })),
  ];
  const { name, version, description, license, madeAt } = product;
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: madeAt.toISOString(),
      lifecycles: [{ phase: "build" }],
      component: {
        type: "application",
        "bom-ref": own,
        name,
        version,
        description,
        licenses: licenses(license),
        purl: own,
      },
    },
    components,
    dependencies,
  };
  return `${JSON.stringify({ ...bom, serialNumber: serialOf(JSON.stringify(bom)) }, null, 2)}\n`;
};
