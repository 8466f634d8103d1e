/** Reads a database the way a stranger would: another SQLite (better-sqlite3), in another process. */
const script = `
const Database = require("better-sqlite3");
const db = new Database(process.argv[1], { readonly: true });
process.stdout.write(JSON.stringify(db.prepare(process.argv[2]).all()));
`;

export const readIndependently = async <Row>(dataDir: string, sql: string): Promise<readonly Row[]> => {
  const reader = Bun.spawn([process.execPath, "-e", script, `${dataDir}/lettabox.sqlite`, sql], {
    cwd: import.meta.dir,
    stderr: "inherit",
  });
  const text = await new Response(reader.stdout).text();
  if ((await reader.exited) !== 0) throw new Error("the independent reader failed");
  return JSON.parse(text) as readonly Row[];
};
