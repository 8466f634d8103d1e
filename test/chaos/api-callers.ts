/** Callers of the chat API: each asks until it has its answer, with the same idempotency key. */
import { readEvents } from "../support/event-stream.ts";
import { type Exchange, type Outcome, settle } from "./exchange.ts";
import { persist, type Question, type Reach } from "./ask.ts";
import { createTranscript } from "./transcript.ts";

/** Which conversation a chat of the test asks for. */
export type Place = { readonly chat?: string; readonly conversation?: string };

/** Between two looks at a turn. */
const pollMs = 100;

const post = (path: string, exchange: Exchange, place: Place, more: Readonly<Record<string, string>>): Question => ({
  path,
  init: {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": exchange.token, ...more },
    body: JSON.stringify({ message: exchange.text, ...place }),
  },
});

type Answer = {
  readonly turnId?: string;
  readonly response?: string | null;
  readonly error?: string | null;
  readonly code?: string;
  readonly errorCode?: string | null;
  readonly finishedAt?: string | null;
  readonly state?: string;
};

const failed = (code: string | null | undefined, reason: string | null | undefined): Outcome => ({
  kind: "failed",
  code: code ?? "",
  reason: reason ?? "",
});

/** What a 2xx says first: the message is accepted, under this name. */
const accept = (exchange: Exchange, turnId: string | null | undefined): void => {
  if (turnId == null) exchange.complaints.push("an answer names no turn");
  else if (exchange.turnId === undefined) exchange.turnId = turnId;
  else if (exchange.turnId !== turnId) exchange.complaints.push("one key is answered by two turns");
};

/** Waits for the JSON answer. */
const converse = async (world: Reach, exchange: Exchange, place: Place): Promise<Outcome> =>
  persist(
    world,
    exchange,
    () => post("/api/v1/chat", exchange, place, {}),
    async (response) => {
      const body = (await response.json()) as Answer;
      if (response.status === 503) return undefined;
      if (body.turnId !== undefined) accept(exchange, body.turnId);
      if (!response.ok) return failed(body.code, body.error);
      return { kind: "answered", text: body.response ?? "" };
    },
  );

/** Reads the answer as it grows; after a cut it goes on where it was. */
const listen = async (world: Reach, exchange: Exchange, place: Place): Promise<Outcome> => {
  const transcript = createTranscript();
  const question = (): Question => {
    if (exchange.turnId === undefined) return post("/api/v1/chat", exchange, place, { accept: "text/event-stream" });
    const { lastId } = transcript;
    return {
      path: `/api/v1/turns/${exchange.turnId}/events`,
      init: { headers: lastId === undefined ? {} : { "last-event-id": lastId } },
    };
  };
  return persist(world, exchange, question, async (response) => {
    if (response.status === 503) return undefined;
    if (!response.ok || !response.body) {
      const body = (await response.json()) as Answer;
      return failed(body.code, body.error);
    }
    accept(exchange, response.headers.get("x-turn-id"));
    for await (const { id, event } of readEvents(response.body)) {
      const result = transcript.take(id, event);
      if (result?.success) return { kind: "answered", text: transcript.text() };
      if (result) return failed(result.errorCode, result.error);
    }
    return undefined;
  });
};

/** Only hands the message over. */
export const submit = async (world: Reach, exchange: Exchange, place: Place): Promise<void> => {
  const outcome = await persist(
    world,
    exchange,
    () => post("/api/v1/chat/async", exchange, place, {}),
    async (response) => {
      const body = (await response.json()) as Answer;
      if (response.status === 503) return undefined;
      if (response.status !== 202) return failed(body.code, body.error);
      accept(exchange, body.turnId);
      return "accepted";
    },
  );
  if (outcome !== "accepted") settle(exchange, outcome);
};

/** How a turn ended; undefined while it has not. */
const outcomeOf = (turn: Answer): Outcome | undefined => {
  if (turn.finishedAt == null) return undefined;
  return turn.state === "done" ? { kind: "answered", text: turn.response ?? "" } : failed(turn.errorCode, turn.error);
};

/** Looks until the turn has ended. */
export const poll = async (world: Reach, exchange: Exchange): Promise<void> => {
  while (exchange.outcome === undefined) {
    const seen = await persist(
      world,
      exchange,
      () => ({ path: `/api/v1/turns/${exchange.turnId ?? ""}` }),
      async (response) => {
        const turn = (await response.json()) as Answer;
        return { outcome: response.ok ? outcomeOf(turn) : failed(turn.code, turn.error) };
      },
    );
    if (seen.outcome) settle(exchange, seen.outcome);
    else await Bun.sleep(pollMs);
  }
};

/** Sends a message and waits for its answer, in the way of the exchange. */
export const exchangeByApi = async (world: Reach, exchange: Exchange, place: Place): Promise<void> => {
  if (exchange.way === "json") settle(exchange, await converse(world, exchange, place));
  else if (exchange.way === "sse") settle(exchange, await listen(world, exchange, place));
  else {
    await submit(world, exchange, place);
    await poll(world, exchange);
  }
};
