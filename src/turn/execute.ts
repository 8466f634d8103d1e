/** Tool calls that lettabox executes itself: which they are, and what they come to. */
import { deriveUuid } from "../letta/reduce.ts";
import type { ClientTool } from "../letta/upstream.ts";
import { type AskedCall, type CallOutcome, callsOfTurn, type NewCall } from "../store/approvals.ts";
import type { Db } from "../store/db.ts";
import { personaById } from "../store/personas.ts";
import type { NewTurnEvent } from "../store/turns.ts";
import type { LiveEvent } from "./live-event.ts";
import { keep, personaTool } from "./persona-tool.ts";
import type { Session } from "./session.ts";

/** Calls of ours in one turn. An agent that goes on beyond them goes in circles, and is offered the tool no more. */
const mostCalls = 20;

export const isOwn = ({ personaId }: Session, tool: string): boolean => personaId !== null && tool === personaTool.name;

const countOwn = (db: Db, turn: number): number => callsOfTurn(db, turn).filter(({ result }) => result !== null).length;

/** What is offered with a post of this turn. The server forgets it with each request, so each says it again. */
export const ownTools = (db: Db, { personaId, turn }: Session): readonly ClientTool[] =>
  personaId === null || countOwn(db, turn.id) >= mostCalls ? [] : [personaTool];

const toEvent = (seq: number, { id }: AskedCall, { ok, text }: CallOutcome): NewTurnEvent => {
  // The same name that the server's own word of it has in the run's history: whichever comes first is told.
  const uuid = deriveUuid("tool_result", id);
  const event: LiveEvent = { type: "tool_result", toolCallId: id, content: text, isError: !ok, uuid };
  return { seq, uuid, body: JSON.stringify(event) };
};

type Answered = {
  readonly calls: readonly NewCall[];
  readonly events: readonly NewTurnEvent[];
  /** What the calls make of the persona, as it was at `revision`. */
  readonly persona?: { readonly persona: number; readonly revision: number; readonly text: string };
};

/** Answers those of these calls that are ours and were not answered before, in their order, on the text of one person. */
export const answerOwn = (db: Db, session: Session, asked: readonly AskedCall[]): Answered => {
  const known = new Set(callsOfTurn(db, session.turn.id).map(({ toolCallId }) => toolCallId));
  const persona = session.personaId === null ? undefined : personaById(db, session.personaId);
  const events: NewTurnEvent[] = [];
  let text = persona?.text ?? "";
  const calls = asked.map((call): NewCall => {
    if (!isOwn(session, call.name) || known.has(call.id)) return call;
    const kept = keep(text, call.arguments);
    text = kept.text;
    events.push(toEvent(session.seq + events.length + 1, call, kept.outcome));
    return { ...call, outcome: kept.outcome };
  });
  if (!persona || events.length === 0) return { calls, events };
  return { calls, events, persona: { persona: persona.id, revision: persona.revision, text } };
};
