/** What must hold after the last kill. Each check looks at every message, turn, chat or part and says which ones fail it. */
import { decidedOnce, inOrder, inTime, postedOnce, remembersOnce } from "./agent-checks.ts";
import type { Evidence, Turn } from "./evidence.ts";
import * as sender from "./sender-checks.ts";
import { type Verdict, verdict } from "./verdict.ts";

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

/** A killed lettabox may let no turn fail; a killed Letta server may, if the reason is told. */
export const judge = (evidence: Evidence, victim: "server" | "demo"): readonly Verdict[] => {
  const common = [
    remembersOnce("user"),
    remembersOnce("assistant"),
    postedOnce,
    sender.reachedSender,
    sender.copies,
    sender.stands,
    sender.whole,
    inOrder,
    sender.answeredAgain,
    sender.contented,
    decidedOnce,
  ];
  const checks = victim === "server" ? [...common, endedDone, sender.answeredAll] : [...common, ended, inTime];
  return checks.map((check) => check(evidence));
};
