/** Tool calls that somebody has to allow, in words: what waits, and what became of it. */
import { code, literal } from "../render/literal.ts";
import type { Approval } from "../store/approvals.ts";
import { chatById } from "../store/accounts.ts";
import type { Db } from "../store/db.ts";
import { nameOfPerson } from "../store/people.ts";
import { turnById } from "../store/turns.ts";
import { denials } from "./denials.ts";

type Call = Pick<Approval, "id" | "turnId" | "toolName" | "arguments">;

/** Enough of a call's arguments to decide by; the whole of them is in the API. */
const shownChars = 600;

const clip = (text: string): string => (text.length > shownChars ? `${text.slice(0, shownChars)}…` : text);

/** A fence that nothing inside can close. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
};

/** For whom: a person, and where it is not a chat of theirs alone, the chat. */
const whomFor = (db: Db, turnId: number): string => {
  const turn = turnById(db, turnId);
  const chat = turn && chatById(db, turn.chatId);
  const name = turn?.personId == null ? undefined : nameOfPerson(db, turn.personId);
  const place = chat?.kind === "group" ? ` in ${literal(chat.title ?? "a group")}` : "";
  return name === undefined ? place : ` for ${literal(name)}${place}`;
};

export const describeCall = (db: Db, call: Call): string => {
  const agent = turnById(db, call.turnId)?.agentName ?? "The agent";
  return `${literal(agent)} wants to use ${code(call.toolName)}${whomFor(db, call.turnId)}.`;
};

export const describeArguments = ({ arguments: text }: Call): string =>
  text === null || text === "" || text === "{}" ? "" : `\n\n${fenced(clip(text))}`;

const minutes = (ms: number): string => {
  const count = Math.max(1, Math.ceil(ms / 60_000));
  return count === 1 ? "a minute" : `${count} minutes`;
};

/** What waits, for somebody who may decide it. */
export const askWords = (db: Db, call: Call & Pick<Approval, "deadlineAt">, at: number) => ({
  text:
    `${describeCall(db, call)} May it?${describeArguments(call)}\n\n` +
    `Without an answer within ${minutes(call.deadlineAt - at)} it is denied. ` +
    `In words: \`/approve ${call.id}\`, or \`/deny ${call.id}\` with a reason behind it.`,
  choices: [
    { label: "Approve", line: `/approve ${call.id}` },
    { label: "Deny", line: `/deny ${call.id}` },
  ],
});

const deciderOf = (db: Db, by: string): string => {
  const [, person] = /^person:(\d+)$/.exec(by) ?? [];
  const name = person === undefined ? undefined : nameOfPerson(db, Number(person));
  if (person === undefined) return "through the API";
  return `by ${literal(name ?? "an operator")}`;
};

/** What became of it. */
export const decidedWords = (db: Db, approval: Approval): string => {
  const { approve, decidedBy, reason } = approval;
  const call = describeCall(db, approval);
  if (approve === null) return call;
  if (decidedBy === null) {
    return `${call} ${reason === denials.stopped ? "It was stopped before anybody decided." : "Nobody decided in time: denied."}`;
  }
  const why = approve || reason === null ? "." : `: ${literal(reason)}`;
  return `${call} ${approve ? "Approved" : "Denied"} ${deciderOf(db, decidedBy)}${why}`;
};
