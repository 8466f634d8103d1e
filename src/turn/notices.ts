/**
 * Who hears of a tool call that waits for somebody's yes: the chat that asked, once, and every operator of its bot, with
 * buttons. When it is decided, by whom and however, these say so in place.
 */
import type { Part } from "../message.ts";
import type { Approval } from "../store/approvals.ts";
import { operatorsOf } from "../store/operators.ts";
import { type NewPart, type OutboxRow, partsOfTurn, unsaid } from "../store/outbox.ts";
import { askWords, decidedWords } from "./calls.ts";
import { createNotice } from "./deliver.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

/** Somebody has to allow it; answers of ours wait for nobody. */
const isForPeople = ({ result }: Approval): boolean => result === null;

const nameOf = (approval: Approval, chat: number): string => `approval-${approval.id}-${chat}`;

/** Of a long notice the part with the buttons. */
const offers = ({ part }: OutboxRow): boolean => {
  const { choices, numbered } = part === null ? {} : (JSON.parse(part) as Partial<Part>);
  return (choices ?? numbered ?? []).length > 0;
};

/** Said once, however often it is tried. */
const say = async (deps: EngineDeps, session: Session, parts: readonly NewPart[]): Promise<void> => {
  const { store, now } = deps;
  const fresh = unsaid(store.db, parts);
  if (fresh.length === 0) return;
  await durably(deps, session, () => store.write.addOnce({ parts: fresh, at: now() }));
  for (const chat of new Set(fresh.map(({ chatId }) => chatId))) deps.spoke(chat);
};

const noticesIn = (deps: EngineDeps, { turn }: Session) => {
  const place = { db: deps.store.db, bots: deps.bots, now: deps.now };
  return (chat: number) => createNotice(place, turn, chat);
};

export const tellWaiting = async (
  deps: EngineDeps,
  session: Session,
  approvals: readonly Approval[],
): Promise<void> => {
  const { db } = deps.store;
  const { turn } = session;
  const waiting = approvals.filter((one) => isForPeople(one) && one.approve === null);
  const [first] = waiting;
  // Callers of the API see it in their turn, and decide there.
  if (!first || turn.trigger === "api") return;
  const notice = noticesIn(deps, session);
  const operators = operatorsOf(db, turn.botId).map(({ chatId }) => chatId);
  const asked = operators.flatMap((chat) =>
    waiting.flatMap(
      (one) =>
        notice(chat)?.toParts(askWords(db, one, deps.now()), { name: nameOf(one, chat), tag: `a${one.id}.` }) ?? [],
    ),
  );
  const text = `${turn.agentName} wants to do something that the operator has to allow, and waits for that.`;
  // An operator who asked is told with the buttons.
  const told = operators.includes(turn.chatId)
    ? []
    : (notice(turn.chatId)?.toParts({ text }, { name: `awaits-${first.id}` }) ?? []);
  await say(deps, session, [...told, ...asked]);
};

/** The message with the buttons becomes what was decided. */
export const tellDecided = async (
  deps: EngineDeps,
  session: Session,
  approvals: readonly Approval[],
): Promise<void> => {
  const { db } = deps.store;
  const decided = approvals.filter((one) => isForPeople(one) && one.approve !== null);
  if (decided.length === 0 || session.turn.trigger === "api") return;
  const rows = partsOfTurn(db, session.turn.id);
  const notice = noticesIn(deps, session);
  const isNotice = ({ chatId, sendKey }: OutboxRow, one: Approval): boolean =>
    sendKey.startsWith(`${session.turn.publicId}/${nameOf(one, chatId)}/`);
  const parts = decided.flatMap((one) =>
    rows
      .filter((row) => isNotice(row, one) && offers(row))
      .flatMap((row) => {
        const placing = { name: `${nameOf(one, row.chatId)}-decided`, replacesPart: row.id };
        return notice(row.chatId)?.toParts({ text: decidedWords(db, one) }, placing) ?? [];
      }),
  );
  await say(deps, session, parts);
};
