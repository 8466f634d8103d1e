/** What a configuration file says. Its problems are told by line and kind, because a parser's own words quote the file. */
import type { Document, LineCounter, YAMLMap } from "yaml";
import type { Problem } from "./problem.ts";

export type ConfigFile = {
  /** Undefined when there is no file. */
  readonly path: string | undefined;
  /** The file's content without what is left empty; an empty object when there is no file. */
  readonly content: unknown;
  /** The line on which a key or an item of a list stands. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
  readonly problems: readonly Problem[];
};

/** `letta:` with nothing below it reads null in YAML; it means that nothing is set. */
const withoutEmpty = (value: unknown): unknown => {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutEmpty(inner)]])),
  );
};

/** The line of a key, or of a list's item; undefined for what an alias or a merge key brings. */
const lineFinder =
  (document: Document, lines: LineCounter, isMap: (node: unknown) => node is YAMLMap) =>
  (path: readonly PropertyKey[]): number | undefined => {
    const parent = document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    const node = isMap(parent) ? parent.items.find(({ key }) => String(key) === last)?.key : document.getIn(path, true);
    const { range } = (node ?? {}) as { readonly range?: readonly number[] };
    return range?.[0] === undefined ? undefined : lines.linePos(range[0]).line;
  };

/** The content of the file at `path`, or what keeps it from being read. */
export const parseYaml = async (path: string, text: string): Promise<ConfigFile> => {
  const { isMap, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const failed = (...problems: readonly (readonly [place: string, text: string])[]): ConfigFile => ({
    path,
    content: {},
    lineOf: () => undefined,
    problems: problems.map(([name, wrong]) => ({ name, where: null, setting: null, text: wrong })),
  });
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    return failed(
      ...document.errors.map(({ code, pos }) => {
        const { line, col } = lines.linePos(pos[0]);
        const kind = code.toLowerCase().replaceAll("_", " ");
        return [`${path}:${line}:${col}`, `not valid YAML (${kind})`] as const;
      }),
    );
  }
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch {
    return failed([path, "an alias (*name) in it cannot be resolved"]);
  }
  if (typeof content !== "object" || Array.isArray(content))
    return failed([path, "must consist of `key: value` lines"]);
  return {
    path,
    content: withoutEmpty(content),
    lineOf: lineFinder(document, lines, isMap as (node: unknown) => node is YAMLMap),
    problems: [],
  };
};
