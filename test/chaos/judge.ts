/** What must hold after the last kill. Each check looks at every message, turn, chat or part and says which ones fail it. */
import type { Evidence, Turn } from "./evidence.ts";
import { tokensIn } from "./exchange.ts";

export type Verdict = { readonly check: string; readonly passed: number; readonly failures: readonly string[] };

const verdict = <T>(check: string, subjects: readonly T[], complain: (subject: T) => string | undefined): Verdict => {
  const failures = subjects.flatMap((subject) => complain(subject) ?? []);
  return { check, passed: subjects.length - failures.length, failures };
};

const times = (count: number): string => `${count} ${count === 1 ? "time" : "times"}`;

/** By token, the things whose text holds it. */
const byToken = <T>(things: readonly T[], textOf: (thing: T) => string): ReadonlyMap<string, readonly T[]> => {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    for (const token of new Set(tokensIn(textOf(thing)))) found.set(token, [...(found.get(token) ?? []), thing]);
  }
  return found;
};

/** In the agent's memory: once if it was answered; if its turn failed, once or never. */
const remembersOnce =
  (role: "user" | "assistant") =>
  ({ history, exchanges }: Evidence): Verdict => {
    const entries = byToken(
      history.filter((entry) => entry.role === role),
      (entry) => entry.text,
    );
    const check = role === "user" ? "stands in the agent's history once" : "was answered by the agent once";
    return verdict(check, exchanges, (exchange) => {
      const count = entries.get(exchange.token)?.length ?? 0;
      const right = exchange.outcome?.kind === "failed" ? count <= 1 : count === 1;
      return right ? undefined : `${exchange.token} (${exchange.way}): ${times(count)}`;
    });
  };

const postedOnce = ({ posted, exchanges, resentRuns }: Evidence): Verdict => {
  const posts = byToken(
    posted.filter((post) => post.run_id !== null),
    (post) => post.texts.join("\n"),
  );
  return verdict("was posted once, or its turn says `resent`", exchanges, ({ token, way }) => {
    const runs = posts.get(token) ?? [];
    if (runs.length <= 1 || runs.some(({ run_id }) => run_id !== null && resentRuns.has(run_id))) return undefined;
    return `${token} (${way}): ${times(runs.length)}`;
  });
};

const occurrences = (text: string, token: string): number => text.split(token).length - 1;

const reachedSender = ({ exchanges, taken }: Evidence): Verdict => {
  const parts = byToken(taken, (part) => part.text);
  return verdict("its answer, or the reason of its failure, reached the sender once", exchanges, (exchange) => {
    const { token, way, outcome, chat } = exchange;
    const which = `${token} (${way})`;
    if (outcome === undefined) return `${which}: neither answer nor failure`;
    if (outcome.kind === "failed") return outcome.reason === "" ? `${which}: failed without a reason` : undefined;
    if (way !== "webhook") {
      const count = occurrences(outcome.text, token);
      return count === 1 ? undefined : `${which}: ${times(count)} in the answer`;
    }
    const mine = parts.get(token) ?? [];
    const messages = new Set(mine.map((part) => part.sendKey));
    if (mine.some((part) => part.chat !== chat)) return `${which}: in another chat`;
    return messages.size === 1 ? undefined : `${which}: in ${messages.size} messages`;
  });
};

const copies = ({ taken, ambiguous }: Evidence): Verdict => {
  const counts = new Map<string, number>();
  for (const { sendKey } of taken) counts.set(sendKey, (counts.get(sendKey) ?? 0) + 1);
  return verdict(
    "was taken by the platform once, or once more where the row is ambiguous",
    [...counts],
    ([key, count]) => (count <= (ambiguous.has(key) ? 2 : 1) ? undefined : `${key}: ${times(count)}`),
  );
};

/** A send key ends with the number of its part: none may be missing before another one. */
const whole = ({ taken }: Evidence): Verdict => {
  const messages = new Map<string, Set<number>>();
  for (const { sendKey } of taken) {
    const cut = sendKey.lastIndexOf("/");
    const message = sendKey.slice(0, cut);
    messages.set(message, (messages.get(message) ?? new Set()).add(Number(sendKey.slice(cut + 1))));
  }
  return verdict("arrived with all its parts", [...messages], ([message, parts]) =>
    parts.size === Math.max(...parts) + 1 ? undefined : `${message}: parts ${[...parts].join(", ")}`,
  );
};

const inOrder = ({ exchanges, history }: Evidence): Verdict => {
  const place = new Map<string, number>();
  for (const [index, { role, text }] of history.entries()) {
    if (role === "user") for (const token of tokensIn(text)) place.set(token, index);
  }
  const chats = [...new Set(exchanges.map(({ chat }) => chat))];
  return verdict("reached the agent in the chat's order", chats, (chat) => {
    const places = exchanges.filter((one) => one.chat === chat).flatMap(({ token }) => place.get(token) ?? []);
    const wrong = places.findIndex((at, index) => index > 0 && at < (places[index - 1] ?? 0));
    return wrong < 0 ? undefined : `${chat}: message ${wrong + 1} came before the one before it`;
  });
};

const answeredAgain = ({ repeated }: Evidence): Verdict =>
  verdict("asked once more with its key, was answered the same", repeated, ({ exchange, turnId, text }) => {
    const same = turnId === exchange.turnId && exchange.outcome?.kind === "answered" && text === exchange.outcome.text;
    return same ? undefined : `${exchange.token}: another answer`;
  });

const contented = ({ exchanges }: Evidence): Verdict =>
  verdict("was told nothing contradictory", exchanges, ({ token, complaints }) =>
    complaints.length === 0 ? undefined : `${token}: ${complaints.join(", ")}`,
  );

const describeTurn = ({ turnId, state, errorCode }: Turn): string =>
  `${turnId}: ${state}${errorCode === null ? "" : ` (${errorCode})`}`;

const endedDone = ({ turns }: Evidence): Verdict =>
  verdict("ended `done`", turns, (turn) => (turn.state === "done" ? undefined : describeTurn(turn)));

const ended = ({ turns }: Evidence): Verdict =>
  verdict("ended `done`, or `failed` with a reason", turns, (turn) => {
    const { state, errorCode, error } = turn;
    const isRight = state === "done" || (state === "failed" && errorCode !== null && error !== null);
    return isRight ? undefined : describeTurn(turn);
  });

/** Longest that a message may go on after the Letta server was killed under it. */
const endsWithinMs = 90_000;

/** From each post of a message to its next one, or to its end: the first kill in between is the one that cut it off. */
/** A call whose turn failed may have been denied instead; what a turn that is done was told is what was decided. */
const decidedOnce = ({ decisions, posted, turns, resentRuns }: Evidence): Verdict => {
  const done = new Set(turns.filter((turn) => turn.state === "done").map((turn) => turn.turnId));
  const of = decisions.filter(({ turnId }) => done.has(turnId));
  return verdict("was told to the agent once, as it was decided", of, ({ toolCallId, approve }) => {
    const told = posted.flatMap(({ run_id, approvals }) =>
      run_id === null
        ? []
        : approvals.filter((one) => one.tool_call_id === toolCallId).map((one) => ({ ...one, run_id })),
    );
    if (told.some((one) => one.approve !== approve)) return `${toolCallId}: the opposite`;
    const isResent = told.some(({ run_id }) => resentRuns.has(run_id));
    return told.length === 1 || (told.length > 1 && isResent) ? undefined : `${toolCallId}: ${times(told.length)}`;
  });
};

const inTime = ({ exchanges, posted, killedAt }: Evidence): Verdict => {
  const posts = byToken(posted, (post) => post.texts.join("\n"));
  return verdict(
    `was posted again or ended within ${endsWithinMs / 1_000} s of the kill that cut it off`,
    exchanges,
    (exchange) => {
      const { token, way, endedAt } = exchange;
      if (endedAt === undefined) return `${token} (${way}): never`;
      const moments = [...(posts.get(token) ?? []).map((post) => post.at), endedAt];
      for (const [index, until] of moments.entries()) {
        const from = moments[index - 1];
        const cutAt = from === undefined ? undefined : killedAt.find((at) => at >= from && at < until);
        if (cutAt !== undefined && until - cutAt > endsWithinMs) return `${token} (${way}): after ${until - cutAt} ms`;
      }
      return undefined;
    },
  );
};

const answeredAll = ({ exchanges }: Evidence): Verdict =>
  verdict("was answered", exchanges, ({ token, way, outcome }) => {
    if (outcome?.kind === "answered") return undefined;
    return `${token} (${way}): ${outcome?.kind === "failed" ? `${outcome.code} ${outcome.reason}` : "nothing"}`;
  });

/** A killed lettabox may let no turn fail; a killed Letta server may, if the reason is told. */
export const judge = (evidence: Evidence, victim: "server" | "demo"): readonly Verdict[] => {
  const common = [
    remembersOnce("user"),
    remembersOnce("assistant"),
    postedOnce,
    reachedSender,
    copies,
    whole,
    inOrder,
    answeredAgain,
    contented,
    decidedOnce,
  ];
  const checks = victim === "server" ? [...common, endedDone, answeredAll] : [...common, ended, inTime];
  return checks.map((check) => check(evidence));
};
