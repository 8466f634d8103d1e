/** What the Letta server itself remembers: the whole history of an agent, all its conversations, and what in it belongs to a message. */

export type Row = {
  readonly id: string;
  readonly message_type: string;
  readonly run_id: string | null;
  readonly content?: unknown;
  readonly tool_call_id?: string;
};

const pageSize = 100;
/** Without an SDK's version header the server answers in an older shape. */
export const lettaHeaders = { "content-type": "application/json", "x-stainless-package-version": "1.12.1" };

/** All rows of the agent, oldest first. */
export const readHistory = async (letta: string, agent: string): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last === undefined ? "" : `&after=${last.id}`;
    const path = `/v1/agents/${agent}/messages?order=asc&limit=${pageSize}${after}`;
    const response = await fetch(letta + path, { headers: lettaHeaders });
    if (!response.ok) throw new Error(`the history: ${response.status} ${await response.text()}`);
    const page = (await response.json()) as readonly Row[];
    // Several rows may share an id; the cursor leaves all of them behind.
    rows.push(...page);
    if (page.length < pageSize) return rows;
  }
};

const holds = (row: Row, word: string): boolean => JSON.stringify(row).includes(word);

const callsIn = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap((row) => [...JSON.stringify(row).matchAll(/"tool_call_id":"([^"]+)"/g)].map((match) => match[1] ?? ""));

/** Rows of the runs in which a message, its answer or its tool calls are spoken of. */
export const rowsOf = (history: readonly Row[], token: string): readonly Row[] => {
  const naming = history.filter((row) => holds(row, token));
  const words = [token, ...callsIn(naming)];
  const runs = new Set(history.filter((row) => words.some((word) => holds(row, word))).map((row) => row.run_id));
  runs.delete(null);
  return history.filter((row) => runs.has(row.run_id));
};

export const userRowsWith = (history: readonly Row[], token: string): readonly Row[] =>
  history.filter((row) => row.message_type === "user_message" && holds(row, token));

/** What the agent said in these rows. */
export const spokenIn = (rows: readonly Row[]): readonly string[] =>
  rows.flatMap(({ message_type, content }) =>
    message_type !== "assistant_message"
      ? []
      : typeof content === "string"
        ? content
        : (content as readonly { readonly text?: string }[]).map(({ text = "" }) => text).join(""),
  );
