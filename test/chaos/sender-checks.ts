/** What senders have to show afterwards: the callers of the API, and the platform for people in its chats. */
import type { Evidence } from "./evidence.ts";
import { byToken, times, type Verdict, verdict } from "./verdict.ts";

const occurrences = (text: string, token: string): number => text.split(token).length - 1;

export const reachedSender = ({ exchanges, taken }: Evidence): Verdict => {
  const parts = byToken(taken, (part) => part.text);
  return verdict("its answer, or the reason of its failure, reached the sender once", exchanges, (exchange) => {
    const { token, way, outcome, chat } = exchange;
    const which = `${token} (${way})`;
    if (outcome === undefined) return `${which}: neither answer nor failure`;
    if (outcome.kind === "failed") return outcome.reason === "" ? `${which}: failed without a reason` : undefined;
    if (way !== "webhook") {
      const count = occurrences(outcome.text, token);
      return count === 1 ? undefined : `${which}: ${times(count)} in the answer: ${outcome.text}`;
    }
    const mine = parts.get(token) ?? [];
    const messages = new Set(mine.map((part) => part.sendKey));
    if (mine.some((part) => part.chat !== chat)) return `${which}: in another chat`;
    return messages.size === 1 ? undefined : `${which}: in ${messages.size} messages`;
  });
};

export const answeredAll = ({ exchanges }: Evidence): Verdict =>
  verdict("was answered", exchanges, ({ token, way, outcome }) => {
    if (outcome?.kind === "answered") return undefined;
    return `${token} (${way}): ${outcome?.kind === "failed" ? `${outcome.code} ${outcome.reason}` : "nothing"}`;
  });

export const answeredAgain = ({ repeated }: Evidence): Verdict =>
  verdict("asked once more with its key, was answered the same", repeated, ({ exchange, turnId, text }) => {
    const same = turnId === exchange.turnId && exchange.outcome?.kind === "answered" && text === exchange.outcome.text;
    return same ? undefined : `${exchange.token}: another answer`;
  });

export const contented = ({ exchanges }: Evidence): Verdict =>
  verdict("was told nothing contradictory", exchanges, ({ token, complaints }) =>
    complaints.length === 0 ? undefined : `${token}: ${complaints.join(", ")}`,
  );

export const copies = ({ taken, allowed }: Evidence): Verdict => {
  const counts = new Map<string, number>();
  for (const { sendKey } of taken) counts.set(sendKey, (counts.get(sendKey) ?? 0) + 1);
  return verdict(
    "was taken by the platform once, or once more where the row is ambiguous",
    [...counts],
    ([key, count]) => (count <= 1 + (allowed.get(key) ?? 0) ? undefined : `${key}: ${times(count)}`),
  );
};

/** An answer that was taken may still be edited away or removed, by a preview that comes too late. */
export const stands = ({ exchanges, messages, taken }: Evidence): Verdict => {
  const standing = byToken(
    messages.filter((message) => !message.preview),
    (message) => message.text,
  );
  const sent = byToken(taken, (part) => part.text);
  const answered = exchanges.filter(({ way, outcome }) => way === "webhook" && outcome?.kind === "answered");
  return verdict("stands in the chat in the end", answered, ({ token }) => {
    const count = standing.get(token)?.length ?? 0;
    return count >= 1 && count <= (sent.get(token)?.length ?? 0) ? undefined : `${token}: ${times(count)}`;
  });
};

/** A send key ends with the number of its part: none may be missing before another one. */
export const whole = ({ taken }: Evidence): Verdict => {
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
