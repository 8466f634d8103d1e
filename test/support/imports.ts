/** Imports between the parts of `src`, and whether they go round in circles. */
import type { Import, Place, Source } from "./source.ts";

export const words = (text: string | undefined): readonly string[] => text?.match(/\S+/g) ?? [];

/** Anyone may import these; they import nothing but each other. */
export const leaves = words(
  "connection.ts errors.ts log.ts message.ts pause.ts timing.ts turn/states.ts outbox/states.ts access/rules.ts",
);

/**
 * The part of the product that a file belongs to: a leaf, a folder or a top-level file of `src`. Each platform in
 * `channels` is a part, and so is their registry. What lies outside `src` goes by its first name.
 */
export const unitOf = (path: string): string => {
  const inside = path.startsWith("src/") ? path.slice(4) : path;
  if (leaves.includes(inside)) return inside;
  const [top = "", ...rest] = inside.split("/");
  if (top === "channels" && (rest.length > 1 || rest[0] === "registry.ts")) return `channels/${rest[0]}`;
  return top;
};

export const isLocal = ({ text }: Place): boolean => text.startsWith(".");

export const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

export const folderOf = (path: string): string => path.split("/").slice(0, -1).join("/");

/** An import from one unit into another. */
export type Arrow = { readonly from: string; readonly to: string; readonly text: string; readonly place: Import };

export const arrowsOf = ({ path, imports }: Source): readonly Arrow[] =>
  imports.filter(isLocal).map((place) => ({
    from: unitOf(path),
    to: unitOf(place.target),
    text: `${path} imports ${place.target}`,
    place,
  }));

/** One cycle of imports as a line of paths; undefined when there is none. */
export const findCycle = (sources: readonly Source[]): string | undefined => {
  const imports = new Map(sources.map(({ path, imports: all }) => [path, all.filter(isLocal)]));
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (path: string): string | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path].join(" → ");
    if (done.has(path)) return undefined;
    way.push(path);
    for (const { target } of imports.get(path) ?? []) {
      const cycle = walk(target);
      if (cycle !== undefined) return cycle;
    }
    way.pop();
    done.add(path);
    return undefined;
  };
  for (const path of imports.keys()) {
    const cycle = walk(path);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};
