/** `lettabox deadletters list|show|retry|drop`. */
import { type Connection, readAnswer } from "./connect.ts";
import { type ExitCode, exitCodes, type Io } from "./io.ts";
import { table } from "./table.ts";

type Options = { readonly json?: boolean };
type Letter = {
  readonly id: number;
  readonly source: string;
  readonly code: string;
  readonly createdAt: string;
  readonly turnId?: string;
  readonly error?: string | null;
};

const path = (id: string): string => `/api/v1/dead-letters/${encodeURIComponent(id)}`;

export const listDeadLetters = async (
  io: Io,
  connection: Connection,
  options: Options & { readonly limit: string },
): Promise<ExitCode> => {
  const response = await connection.request(`/api/v1/dead-letters?limit=${encodeURIComponent(options.limit)}`);
  const { deadLetters } = await readAnswer<{ deadLetters: readonly Letter[] }>(response);
  if (options.json) await io.out(`${JSON.stringify(deadLetters)}\n`);
  else if (deadLetters.length === 0) await io.out("There are no dead letters.\n");
  else {
    const rows = deadLetters.map(({ id, source, code, createdAt, turnId }) => [
      String(id),
      source,
      code,
      createdAt,
      turnId ?? "",
    ]);
    await io.out(table(["ID", "WHAT", "WHY", "SINCE", "TURN"], rows));
  }
  return exitCodes.ok;
};

export const showDeadLetter = async (io: Io, connection: Connection, id: string): Promise<ExitCode> => {
  const letter = await readAnswer<Letter>(await connection.request(path(id)));
  await io.out(`${JSON.stringify(letter, null, 2)}\n`);
  return exitCodes.ok;
};

export const retryDeadLetter = async (
  io: Io,
  connection: Connection,
  id: string,
  options: Options,
): Promise<ExitCode> => {
  const response = await connection.request(`${path(id)}/retry`, { method: "POST" });
  const answer = await readAnswer<{ turnId?: string }>(response);
  if (options.json) await io.out(`${JSON.stringify(answer)}\n`);
  else await io.out(answer.turnId === undefined ? "Queued again.\n" : `Queued again as ${answer.turnId}.\n`);
  return exitCodes.ok;
};

export const dropDeadLetter = async (
  io: Io,
  connection: Connection,
  id: string,
  options: Options,
): Promise<ExitCode> => {
  const answer = await readAnswer<{ success: boolean }>(await connection.request(path(id), { method: "DELETE" }));
  await io.out(options.json ? `${JSON.stringify(answer)}\n` : `Dead letter ${id} is dropped.\n`);
  return exitCodes.ok;
};
