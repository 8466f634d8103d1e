/** Makes people operators of the stub's bot, as if they had claimed it; they have to have written in a chat of theirs. */
const script = `
const { Database } = require("bun:sqlite");
const db = new Database(process.argv[1], { readwrite: true });
db.run("PRAGMA busy_timeout = 5000");
const row = db.query(
  "INSERT INTO operators (owner, bot_id, person_id, chat_id, created_at) " +
  "SELECT 'house', c.bot_id, CAST(substr(c.owner, 8) AS INTEGER), c.id, 1 FROM chats c WHERE c.key = ? RETURNING *",
).get(process.argv[2]);
if (!row) throw new Error("nobody has written in " + process.argv[2]);
`;

export const makeOperator = async (dataDir: string, chat: string): Promise<void> => {
  const child = Bun.spawn([process.execPath, "-e", script, `${dataDir}/lettabox.sqlite`, `stub:${chat}`], {
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error("the operator could not be made");
};
