/** Tool calls that lettabox executes itself: which they are, and what they come to. */
import { asFault } from "../errors.ts";
import { deriveUuid } from "../letta/reduce.ts";
import type { ClientTool } from "../letta/upstream.ts";
import { type AskedCall, type CallOutcome, callsOfTurn, type NewCall } from "../store/approvals.ts";
import type { Db } from "../store/db.ts";
import type { NewFile } from "../store/files.ts";
import type { NewPart } from "../store/outbox.ts";
import { personaById } from "../store/personas.ts";
import type { NewTurnEvent } from "../store/turns.ts";
import { fileTool, readWish } from "./file-tool.ts";
import type { LiveEvent } from "./live-event.ts";
import { keepMade, largestFile } from "./made-files.ts";
import { keep, personaTool } from "./persona-tool.ts";
import type { EngineDeps, Session } from "./session.ts";

/** Calls of ours in one turn. An agent that goes on beyond them goes in circles, and is offered the tools no more. */
const mostCalls = 20;

const offered = (session: Session): readonly ClientTool[] => [
  ...(session.personaId === null ? [] : [personaTool]),
  ...(largestFile(session) > 0 ? [fileTool] : []),
];

export const isOwn = (session: Session, tool: string): boolean => offered(session).some(({ name }) => name === tool);

const countOwn = (db: Db, turn: number): number => callsOfTurn(db, turn).filter(({ result }) => result !== null).length;

/** What is offered with a post of this turn. The server forgets it with each request, so each says it again. */
export const ownTools = (db: Db, session: Session): readonly ClientTool[] => {
  const tools = offered(session);
  return tools.length === 0 || countOwn(db, session.turn.id) >= mostCalls ? [] : tools;
};

const toEvent = (seq: number, { id }: AskedCall, { ok, text }: CallOutcome): NewTurnEvent => {
  // The same name that the server's own word of it has in the run's history: whichever comes first is told.
  const uuid = deriveUuid("tool_result", id);
  const event: LiveEvent = { type: "tool_result", toolCallId: id, content: text, isError: !ok, uuid };
  return { seq, uuid, body: JSON.stringify(event) };
};

/** A file that was stored for a call, or why none was. */
export type SentFile = { readonly outcome: CallOutcome; readonly parts: readonly NewPart[]; readonly file?: NewFile };

/** Calls of ours that were not answered before. */
const freshCalls = (db: Db, session: Session, asked: readonly AskedCall[], tool: ClientTool): readonly AskedCall[] => {
  const known = new Set(callsOfTurn(db, session.turn.id).map(({ toolCallId }) => toolCallId));
  return asked.filter(({ id, name }) => name === tool.name && isOwn(session, name) && !known.has(id));
};

const sendFile = async (deps: EngineDeps, session: Session, call: AskedCall): Promise<SentFile> => {
  const wish = readWish(call.arguments, largestFile(session));
  if (typeof wish === "string") return { outcome: { ok: false, text: `No file was sent. ${wish}` }, parts: [] };
  try {
    const { ref, row } = await keepMade(deps, session, wish, call.id);
    const parts = session.delivery.toParts({ text: wish.caption, files: [ref] }, { name: `file-${row.id}` });
    return { outcome: { ok: true, text: `${wish.name} is on its way.` }, parts, file: row };
  } catch (error) {
    const fault = asFault(error);
    deps.log.warn("turn.file-failed", { turn: session.turn.publicId, fault });
    return { outcome: { ok: false, text: `No file was sent. ${fault.message}` }, parts: [] };
  }
};

/** Stores the bytes of the files that these calls send, before anything in the database speaks of them. */
export const keepSent = async (
  deps: EngineDeps,
  session: Session,
  asked: readonly AskedCall[],
): Promise<ReadonlyMap<string, SentFile>> => {
  const sent = new Map<string, SentFile>();
  for (const call of freshCalls(deps.store.db, session, asked, fileTool)) {
    sent.set(call.id, await sendFile(deps, session, call));
  }
  return sent;
};

/** Takes over what was written into the persona elsewhere, where these calls are going to change it. */
export const renewPersona = async (deps: EngineDeps, session: Session, asked: readonly AskedCall[]): Promise<void> => {
  if (session.personaId === null || freshCalls(deps.store.db, session, asked, personaTool).length === 0) return;
  await deps.personas.renew(session.personaId);
};

type Answered = {
  readonly calls: readonly NewCall[];
  readonly events: readonly NewTurnEvent[];
  /** What the calls make of the persona, as it was at `revision`. */
  readonly persona?: { readonly persona: number; readonly revision: number; readonly text: string };
};

/** Answers those of these calls that are ours and were not answered before, in their order, on the text of one person. */
export const answerOwn = (
  db: Db,
  session: Session,
  asked: readonly AskedCall[],
  sent: ReadonlyMap<string, SentFile>,
): Answered => {
  const notes = new Set(freshCalls(db, session, asked, personaTool).map(({ id }) => id));
  const persona = session.personaId === null ? undefined : personaById(db, session.personaId);
  const events: NewTurnEvent[] = [];
  let text = persona?.text ?? "";
  const calls = asked.map((call): NewCall => {
    let outcome = sent.get(call.id)?.outcome;
    if (notes.has(call.id)) {
      const kept = keep(text, call.arguments);
      text = kept.text;
      outcome = kept.outcome;
    }
    if (!outcome) return call;
    events.push(toEvent(session.seq + events.length + 1, call, outcome));
    return { ...call, outcome };
  });
  if (!persona || notes.size === 0) return { calls, events };
  return { calls, events, persona: { persona: persona.id, revision: persona.revision, text } };
};
