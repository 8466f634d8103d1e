/** What came of one round, said by those who know: the Letta server's own history, and the sender. */
import { ambiguousParts } from "../chaos/census.ts";
import { type Row, readHistory, rowsOf, spokenIn, userRowsWith } from "./history.ts";
import type { Point } from "./point.ts";
import type { Scene, Turn } from "./scene.ts";

export type Finding = {
  readonly lost: boolean;
  readonly doubled: boolean;
  /** Its turn says that the message was posted once more. */
  readonly resent: boolean;
  /** Everything that must not be, in words; nothing when the round was passed. */
  readonly complaints: readonly string[];
};

const times = (text: string, part: string): number => text.split(part).length - 1;

/** What is wrong with the number of something that has to be there so many times. */
const count = (what: string, is: number, must: number) => ({
  lost: is < must,
  doubled: is > must,
  complaint: is === must ? [] : [`${what}: ${is} instead of ${must}`],
});

/** How often the answer reached the sender, and what is wrong with it. */
const received = (scene: Scene, spoken: readonly string[]): { readonly copies: number; readonly wrong: string[] } => {
  const { stand, exchange } = scene;
  const { outcome, token, way } = exchange;
  if (outcome?.kind !== "answered") {
    return { copies: 0, wrong: [outcome ? `failed: ${outcome.code} ${outcome.reason}` : "no answer"] };
  }
  if (way !== "webhook") {
    const answer = spoken.join("\n\n");
    if (outcome.text === answer) return { copies: 1, wrong: [] };
    const copies = answer === "" ? 1 : times(outcome.text, answer);
    return { copies: Math.max(copies, 1), wrong: [`the answer is not what the agent said: ${outcome.text}`] };
  }
  const parts = stand.platform.taken().filter(({ text }) => text.includes(token));
  const ambiguous = new Set(ambiguousParts(stand.dataDir).map(({ key }) => key));
  const keys = new Set(parts.map(({ sendKey }) => sendKey));
  const surplus = [...keys].filter(
    (key) => parts.filter(({ sendKey }) => sendKey === key).length > (ambiguous.has(key) ? 2 : 1),
  );
  const elsewhere = parts.filter(({ chat }) => chat !== exchange.chat);
  return {
    copies: keys.size + surplus.length,
    wrong: elsewhere.map(({ chat }) => `it was sent to ${chat}`),
  };
};

/** Runs of the history in which no message of the test is spoken of. */
const strangers = (history: readonly Row[], tokens: readonly string[]): readonly string[] => {
  const known = new Set(tokens.flatMap((token) => rowsOf(history, token)).map(({ run_id }) => run_id));
  return [...new Set(history.map(({ run_id }) => run_id))].flatMap((run) =>
    run === null || known.has(run) ? [] : `a run that nobody asked for: ${run}`,
  );
};

export const judge = async (point: Point, scene: Scene, turn: Turn): Promise<Finding> => {
  const { stand, exchange } = scene;
  const { token } = exchange;
  const history = await readHistory(stand.letta, stand.agent);
  const spoken = spokenIn(rowsOf(history, token));
  const users = count("the message in the agent's history", userRowsWith(history, token).length, 1);
  const complaints = [
    ...users.complaint,
    ...exchange.complaints,
    ...strangers(history, [...new Set(JSON.stringify(history).match(/zq\w+q/g) ?? [])]),
  ];
  const accepted = stand.proxy.taken().filter(({ body }) => body.includes(token));
  if (accepted.length > 1 && !turn.resent) complaints.push(`taken ${accepted.length} times without \`resent\``);
  const judgement = (more: { lost?: boolean; doubled?: boolean } = {}): Finding => ({
    lost: users.lost || more.lost === true,
    doubled: users.doubled || more.doubled === true,
    resent: turn.resent,
    complaints,
  });
  if (point.ends === "cancelled") {
    const told = exchange.outcome?.kind === "failed" && turn.state === "cancelled";
    if (!told) complaints.push(`it was not cancelled but ${turn.state}`);
    return judgement({ lost: exchange.outcome === undefined });
  }
  const answer = received(scene, spoken);
  const answers = count("answers that reached the sender", answer.copies, 1);
  const said = count("messages of the agent", spoken.length, point.messages ?? 1);
  complaints.push(...answer.wrong, ...answers.complaint, ...said.complaint);
  return judgement({ lost: answers.lost || said.lost, doubled: answers.doubled || said.doubled });
};
