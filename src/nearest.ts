/** What somebody probably meant by a name that is not known. */

const folded = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, "");

/** Edits (insert, delete, replace) between two names, where case and separators do not count: `data_dir` is `dataDir`. */
const distance = (left: string, right: string): number => {
  const [from, to] = [folded(left), folded(right)];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [index, other] of [...to].entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** The nearest of the known names, at most two edits away; undefined when none is that near. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = 3;
  for (const candidate of known) {
    const edits = distance(name, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
};
