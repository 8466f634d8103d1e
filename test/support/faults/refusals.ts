/** Answers that are none of the agent's: from the server at its limits, or from what stands before it. */
import type { Exchange } from "./exchange.ts";
import { runIn } from "./events.ts";
import { type InjectedFault, tell } from "./fault.ts";

type Headers = Readonly<Record<string, string>>;

const answer = async (exchange: Exchange, status: number, headers: Headers, body: string): Promise<void> => {
  exchange.head(status, { "content-length": String(Buffer.byteLength(body)), ...headers });
  await tell(exchange, [body]);
};

const json = { "content-type": "application/json" };

/** `heard`: whether the server was given the request before it was refused. */
const refusal = (name: string, status: number, headers: Headers, body: string, heard = false): InjectedFault => ({
  name,
  strike: async (exchange) => {
    if (heard) await exchange.forward();
    await answer(exchange, status, headers, body);
  },
});

/** The page of a proxy on the way, with the ray id and the words that such pages have. */
const page = (status: number): string =>
  `<!DOCTYPE html>\n<html><head><title>${status}: error</title></head><body><h1>Error ${status}</h1>` +
  `<p>Ray ID: 8f00ba4deadbeef</p></body></html>\n`;

const html = { "content-type": "text/html; charset=UTF-8", server: "cloudflare" };

export const htmlPage = (status: number): InjectedFault =>
  refusal(`${status} with a web page`, status, html, page(status));

/** The server works on the request while the proxy before it gives up. */
export const htmlPageAfterwards = (status: number): InjectedFault =>
  refusal(`${status} with a web page, after the server has the request`, status, html, page(status), true);

/** Without `after` nothing says when to come back. */
export const tooMany = (after?: Headers): InjectedFault =>
  refusal(
    after === undefined ? "429 without Retry-After" : `429 with ${JSON.stringify(after)}`,
    429,
    { ...json, ...after },
    '{"detail":"RATE_LIMIT_EXCEEDED: Too many requests"}',
  );

const conflictText = (run: string): string =>
  `CONFLICT: Cannot send a new message: Another request (run_id=${run}) is currently being processed for this conversation. Please wait for it to complete.`;

const foreignRun = "run-00000000-0000-4000-8000-00000000f00d";

/** Every 409 that a post is known to get, by what it says; each is proof that nothing ran. */
export const conflicts = {
  "busy, with the run in a field": { detail: conflictText(foreignRun), run_id: foreignRun },
  "busy, with the run in the words only": { detail: conflictText(foreignRun) },
  "busy, without any run": { detail: "CONFLICT: The agent is busy with another active run." },
  "a lost race in the database": {
    detail: "CONFLICT: The object was modified by another process: UPDATE agents SET version_id=…",
  },
  "a unique key": { detail: "A unique constraint was violated for Message. (sqlite3.IntegrityError) INSERT INTO …" },
  "no JSON": "<html><body><h1>409 Conflict</h1></body></html>",
} as const;

export type Conflict = keyof typeof conflicts;

export const conflict = (kind: Conflict): InjectedFault => {
  const body = conflicts[kind];
  return typeof body === "string"
    ? refusal(`409: ${kind}`, 409, html, body)
    : refusal(`409: ${kind}`, 409, json, JSON.stringify(body));
};

/** The only conflict that says when to come back. */
export const deadlock = (after: Headers = { "retry-after": "1" }): InjectedFault =>
  refusal("409: a deadlock in the database", 409, { ...json, ...after }, '{"detail":"CONFLICT: deadlock detected"}');

const pendingWords =
  "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny the pending request before continuing.";

/** What a JSON post is told while a tool call waits; `detail` is an object here. */
export const pendingApproval: InjectedFault = refusal(
  "409: a tool call waits for approval",
  409,
  json,
  JSON.stringify({
    detail: { code: "PENDING_APPROVAL", message: pendingWords, pending_request_id: "message-1" },
  }),
);

/**
 * A proxy that repeats requests: the server works on the first copy, and refuses the second because of the run that the
 * first one began.
 */
export const repeatedByProxy: InjectedFault = {
  name: "409: busy with the run that this very message began",
  strike: async (exchange) => {
    const { body } = await exchange.forward();
    let heard = "";
    for await (const bytes of (body as AsyncIterable<Uint8Array> | null) ?? []) {
      heard += Buffer.from(bytes).toString();
      if (runIn(heard) !== undefined) break;
    }
    const run = runIn(heard) ?? "";
    await answer(exchange, 409, json, JSON.stringify({ detail: conflictText(run), run_id: run }));
  },
};

export const redirect = (status: number, location: string): InjectedFault =>
  refusal(`${status} to another server`, status, { location }, "");
