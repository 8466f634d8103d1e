/** Reads source files as the architecture test sees them: what they import, name, spell out and declare. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";
import type { ParserOptions } from "prettier";
import { parsers } from "prettier/plugins/typescript";

export type Place = { readonly text: string; readonly line: number };

export type Import = Place & {
  /** Path from the repository's root, or a package's name. `text` is what the file wrote. */
  readonly target: string;
};

export type Source = {
  /** From the repository's root: `src/turn/engine.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Everything it imports, types and dynamic imports included. */
  readonly imports: readonly Import[];
  /** Globals it uses, with the member that is taken: `fetch`, `process.env`, `import.meta.env`, `new Date()`. */
  readonly globals: readonly Place[];
  /** Strings it spells out, those of types and templates included; import paths are none. */
  readonly literals: readonly Place[];
  /** Syntax that the house style knows: `export default`, `class`, `enum`, `namespace`, `any`, `!`. */
  readonly forms: readonly Place[];
  /** Whether a doc comment stands at its top or before the first statement behind its imports. */
  readonly introduced: boolean;
};

type Node = {
  readonly type: string;
  readonly range: readonly [number, number];
  readonly loc: { readonly start: { readonly line: number } };
} & Readonly<Record<string, unknown>>;
type Tree = {
  readonly body: readonly Node[];
  readonly comments: readonly { value: string; range: [number, number] }[];
};

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

const childrenOf = (node: Node): readonly (readonly [key: string, child: Node])[] =>
  Object.entries(node).flatMap(([key, value]) =>
    key === "tokens" || key === "comments" || key === "loc" || key === "range"
      ? []
      : (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => [key, child] as const),
  );

/** Names that a pattern binds. */
const namesIn = (pattern: unknown): readonly string[] => {
  if (!isNode(pattern)) return [];
  if (pattern.type === "Identifier") return [String(pattern["name"])];
  const inner = pattern.type === "AssignmentPattern" ? pattern["left"] : (pattern["argument"] ?? pattern["value"]);
  const parts = [inner, pattern["properties"], pattern["elements"]].flat();
  return parts.flatMap(namesIn);
};

const bindings = (node: Node): readonly string[] =>
  [node["params"], node.type === "VariableDeclarator" ? node["id"] : [], node["local"], node["param"]]
    .flat()
    .flatMap(namesIn)
    .concat(/^(Function|Class)Declaration$/.test(node.type) ? namesIn(node["id"]) : []);

/** Identifiers under these keys name a member, a label or an export, not a value. */
const isName = (parent: Node, key: string): boolean =>
  (parent.type === "MemberExpression" && key === "property" && parent["computed"] !== true) ||
  (key === "key" && parent["computed"] !== true) ||
  /^(Import|Export)/.test(parent.type) ||
  parent.type === "MetaProperty";

/** Types hold no values, except where an expression is asserted to have one. */
const holdsValues = (node: Node): boolean => !node.type.startsWith("TS") || "expression" in node;

const formOf = (node: Node): string | undefined =>
  ({
    ExportDefaultDeclaration: "export default",
    ClassDeclaration: "class",
    ClassExpression: "class",
    TSEnumDeclaration: "enum",
    TSModuleDeclaration: "namespace",
    TSParameterProperty: "parameter property",
    TSAnyKeyword: "any",
    TSNonNullExpression: "!",
  })[node.type];

const specifierOf = (node: Node): Node | undefined => {
  if (!/^(Import|Export\w*)Declaration$|^ImportExpression$|^TSImportType$/.test(node.type)) return undefined;
  const source = node["source"] ?? node["argument"];
  return isNode(source) ? source : undefined;
};

const globalOf = (node: Node, parent: Node): string => {
  const member = isNode(parent["property"]) && parent.type === "MemberExpression" && parent["object"] === node;
  const property = member && parent["computed"] !== true ? `.${String((parent["property"] as Node)["name"])}` : "";
  if (node.type === "MetaProperty") return `import.meta${property}`;
  const created = parent.type === "NewExpression" && (parent["arguments"] as readonly unknown[]).length === 0;
  return created ? `new ${String(node["name"])}()` : `${String(node["name"])}${property}`;
};

/** `path` is from the repository's root. */
export const parseSource = async (path: string, text: string): Promise<Source> => {
  const tree = (await parsers.typescript.parse(text, { filepath: path } as ParserOptions)) as Tree;
  const imports: Import[] = [];
  const globals: Place[] = [];
  const literals: Place[] = [];
  const forms: Place[] = [];
  const bound = new Set<string>();

  const visit = (node: Node, parent: Node, key: string, inType: boolean): void => {
    const { line } = node.loc.start;
    for (const name of bindings(node)) bound.add(name);
    const form = formOf(node);
    if (form !== undefined) forms.push({ text: form, line });
    const specifier = specifierOf(node);
    if (specifier) {
      const said = typeof specifier["value"] === "string" ? specifier["value"] : "an expression";
      imports.push({ text: said, line, target: said.startsWith(".") ? normalize(join(dirname(path), said)) : said });
    }
    const value = node.type === "TemplateElement" ? (node["value"] as { cooked: unknown }).cooked : node["value"];
    const spelled = node.type === "TemplateElement" || node.type === "Literal" || node.type === "Property";
    if (spelled && typeof value === "string" && !specifierOf(parent)) literals.push({ text: value, line });
    const named = node.type === "Identifier" || node.type === "MetaProperty";
    if (named && !inType && !isName(parent, key)) globals.push({ text: globalOf(node, parent), line });
    for (const [childKey, child] of childrenOf(node)) {
      visit(child, node, childKey, (inType || !holdsValues(node)) && childKey !== "expression");
    }
  };
  const program = tree as unknown as Node;
  for (const statement of tree.body) visit(statement, program, "body", false);

  const first = tree.body.find((statement) => statement.type !== "ImportDeclaration");
  const before = first === undefined ? text.length : first.range[0];
  return {
    path,
    lines: text.split("\n").length - 1,
    imports,
    globals: globals.filter((place) => !bound.has(place.text.replace(/^new |[.(].*$/g, ""))),
    literals,
    forms,
    introduced: tree.comments.some(({ value, range }) => value.startsWith("*") && range[1] <= before),
  };
};

/** Files that only tests may import: tests themselves, and doubles that lie beside what they double. */
export const isForTests = (path: string): boolean => /(^|\/)(test-[\w-]+|[\w-]+\.test)\.ts$|^test\//.test(path);

/** Every `.ts` file below `folder` that belongs to the product. */
export const readSources = (root: string, folder: string): Promise<readonly Source[]> =>
  Promise.all(
    [...new Glob(`${folder}/**/*.ts`).scanSync(root)]
      .filter((path) => !isForTests(path))
      .toSorted()
      .map((path) => parseSource(path, readFileSync(join(root, path), "utf8"))),
  );
