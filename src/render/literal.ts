/** Words of others inside Markdown that we write. Pure. */

/** Text that says exactly this when it is read as Markdown, in one line. */
export const literal = (text: string): string =>
  text
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/[\\`*_[\]<>|~$]|&(?=[#\p{L}])|^[#+=-]/gu, (sign) => `\\${sign}`)
    .replace(/^(\d+)([.)])/, "$1\\$2");

/** The same as code, which says it as it is. */
export const code = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const edge = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${edge}${line}${edge}${fence}`;
};
