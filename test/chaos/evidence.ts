/** What the judge looks at: the demo's own log and history, the platform's, the callers', and what the API says of turns. */
import { readEvents } from "../support/event-stream.ts";
import type { Message, TakenPart } from "../support/stub/platform.ts";
import { ask } from "./ask.ts";
import type { Ambiguous } from "./census.ts";
import type { Exchange } from "./exchange.ts";
import type { Decision } from "./operator.ts";
import type { World } from "./world.ts";

/** A POST of messages as it reached the demo; `run_id` is null when it was refused. */
export type Posted = {
  readonly at: number;
  readonly run_id: string | null;
  readonly texts: readonly string[];
  readonly approvals: readonly { readonly tool_call_id: string; readonly approve: boolean }[];
};

export type Remembered = { readonly role: "user" | "assistant"; readonly text: string; readonly run_id: string };

export type Turn = {
  readonly turnId: string;
  readonly state: string;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly resent: boolean;
  readonly createdAt: string;
  readonly finishedAt: string | null;
};

/** An exchange whose caller asked once more with its key, and what it was told. */
export type Repeated = { readonly exchange: Exchange; readonly turnId: string | undefined; readonly text: string };

export type Evidence = {
  readonly exchanges: readonly Exchange[];
  readonly posted: readonly Posted[];
  readonly history: readonly Remembered[];
  readonly turns: readonly Turn[];
  readonly decisions: readonly Decision[];
  /** Runs of turns that say they were resent. */
  readonly resentRuns: ReadonlySet<string>;
  readonly repeated: readonly Repeated[];
  readonly taken: readonly TakenPart[];
  /** What stands in the chats in the end. */
  readonly messages: readonly Message[];
  /** How many copies are allowed, by send key: one where the row owns up to it, and more where the operator wanted it. */
  readonly allowed: ReadonlyMap<string, number>;
  /** How many parts own up to it: one may be several messages. */
  readonly markedParts: number;
  /** How many parts the operator sent again. */
  readonly sentAgain: number;
  readonly killedAt: readonly number[];
};

const listTurns = async (world: World): Promise<readonly Turn[]> => {
  const turns: Turn[] = [];
  for (;;) {
    const last = turns.at(-1);
    const before = last === undefined ? "" : `&before=${last.turnId}`;
    const response = await ask(world, { path: `/api/v1/turns?limit=200${before}` });
    const page = (await response.json()) as { readonly turns: readonly Turn[] };
    if (page.turns.length === 0) return turns;
    turns.push(...page.turns);
  }
};

const runsOf = async (world: World, turn: Turn): Promise<readonly string[]> => {
  if (turn.finishedAt === null) return [];
  const response = await ask(world, { path: `/api/v1/turns/${turn.turnId}/events` });
  if (!response.body) return [];
  for await (const { event } of readEvents(response.body)) if (event.type === "result") return event.runIds ?? [];
  return [];
};

/** Asks once more with the key of a message that was answered as JSON: the answer is there, and nothing may happen. */
const repeat = async (world: World, exchange: Exchange, place: object): Promise<Repeated> => {
  const response = await ask(world, {
    path: "/api/v1/chat",
    init: {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": exchange.token },
      body: JSON.stringify({ message: exchange.text, ...place }),
    },
  });
  const body = (await response.json()) as { readonly turnId?: string; readonly response?: string };
  return { exchange, turnId: body.turnId, text: body.response ?? "" };
};

/** Gathers it all. `placeOf` says where a chat of the API talks; `ambiguous` are the parts of which a copy is owned up to. */
export const gather = async (
  world: World,
  from: {
    readonly demo: string;
    readonly ambiguous: readonly Ambiguous[];
    readonly sentAgain: readonly string[];
    readonly killedAt: readonly number[];
    readonly decisions: readonly Decision[];
    readonly placeOf: (chat: string) => object;
  },
): Promise<Evidence> => {
  const exchanges = world.ledger.all;
  const repeated: Repeated[] = [];
  for (const exchange of exchanges) {
    if (exchange.way !== "json" || exchange.outcome?.kind !== "answered") continue;
    repeated.push(await repeat(world, exchange, from.placeOf(exchange.chat)));
  }
  const turns = await listTurns(world);
  const resent = await Promise.all(turns.filter((turn) => turn.resent).map((turn) => runsOf(world, turn)));
  const read = async (path: string): Promise<unknown> => (await fetch(`${from.demo}${path}`)).json();
  return {
    exchanges,
    repeated,
    turns,
    resentRuns: new Set(resent.flat()),
    posted: (await read("/demo/requests?limit=100000")) as readonly Posted[],
    history: (await read("/demo/history?limit=100000")) as readonly Remembered[],
    taken: world.platform.taken(),
    messages: world.platform.messages(),
    allowed: new Map(
      from.ambiguous.flatMap((part) => {
        const byHand = from.sentAgain.filter((text) => text === part.text).length;
        return world.platform.keysOf(part).map((key) => [key, 1 + 2 * byHand] as const);
      }),
    ),
    markedParts: from.ambiguous.length,
    sentAgain: from.sentAgain.length,
    killedAt: from.killedAt,
    decisions: from.decisions,
  };
};
