/** What the Letta server has to show afterwards: its history, and its log of the posts that reached it. */
import type { Evidence } from "./evidence.ts";
import { tokensIn } from "./exchange.ts";
import { byToken, times, type Verdict, verdict } from "./verdict.ts";

/** In the agent's memory: once if it was answered; if its turn failed, once or never. */
export const remembersOnce =
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

export const postedOnce = ({ posted, exchanges, resentRuns }: Evidence): Verdict => {
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

/** From each post of a message to its next one, or to its end: the first kill in between is the one that cut it off. */
/** A call whose turn failed may have been denied instead; what a turn that is done was told is what was decided. */
export const decidedOnce = ({ decisions, posted, turns, resentRuns }: Evidence): Verdict => {
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

export const inOrder = ({ exchanges, history }: Evidence): Verdict => {
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

/** Longest that a message may go on after the Letta server was killed under it. */
const endsWithinMs = 90_000;

export const inTime = ({ exchanges, posted, killedAt }: Evidence): Verdict => {
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
