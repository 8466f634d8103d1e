/** Writing ahead: what goes to Letta is frozen in the store before any byte of it leaves, and so is where it goes. */
import type { PostMessage } from "../letta/upstream.ts";
import { isNoteDue } from "../store/notes.ts";
import { personaById, type Persona } from "../store/personas.ts";
import { conversationById, lastRunOfAgent, type NoteOfTurn, type Post, postsOfTurn } from "../store/posts.ts";
import { noticeParts } from "./finish.ts";
import { createEnsureAgent } from "./own-agent.ts";
import { buildMessages, buildNote } from "./request.ts";
import { durably, type EngineDeps, type Session } from "./session.ts";

export type WriteAhead = ReturnType<typeof createWriteAhead>;

const createTimeoutMs = 30_000;

/** A new conversation on the server. */
const createConversation = ({ turn, access, abort }: Session): Promise<string> =>
  access.upstream.createConversation(
    turn.agentId,
    AbortSignal.any([abort.signal, AbortSignal.timeout(createTimeoutMs)]),
  );

export const createWriteAhead = (deps: EngineDeps) => {
  const { store, log } = deps;
  const ensureAgent = createEnsureAgent(deps);

  /** The request of a turn, frozen before any byte leaves: the one an earlier attempt froze, or a new one. */
  const freeze = async (
    session: Session,
    kind: Post["kind"],
    messages: readonly PostMessage[],
    note?: NoteOfTurn,
  ): Promise<Post> => {
    const { turn, target, access } = session;
    let runBefore = lastRunOfAgent(store.db, turn.accountId, turn.agentId);
    if (runBefore === null) {
      runBefore = await access.upstream.newestRun(turn.agentId, session.abort.signal);
      if (runBefore !== null) {
        await store.write.setLastRun({ account: turn.accountId, agentId: turn.agentId, runId: runBefore });
      }
    }
    return durably(deps, session, () =>
      store.write.freezePost({
        turn: turn.id,
        owner: turn.owner,
        kind,
        messages: JSON.stringify(messages),
        conversation: target.conversation,
        background: access.background(),
        runBefore,
        ...(note ? { note } : {}),
        at: deps.now(),
      }),
    );
  };

  /** What the message of a turn tells of its person, when that is due in the conversation it goes to. */
  const noteFor = ({ turn, target }: Session, persona: Persona): PostMessage | undefined => {
    const place = { conversation: turn.conversationId, upstreamId: target.conversation };
    if (!isNoteDue(store.db, persona, place, deps.personas.noteEvery)) return undefined;
    return buildNote(store.db, turn, persona, deps.newOtid);
  };

  /** The message of a turn, frozen: a note about whoever speaks in front of it when one is due. */
  const freezeMessage = (session: Session, persona: Persona | undefined): Promise<Post> => {
    const messages = buildMessages(store.db, session.turn, deps.newOtid, persona?.label);
    if (!persona) return freeze(session, "message", messages);
    session.personaId = persona.id;
    const note = noteFor(session, persona);
    const told = { persona: persona.id, revision: note ? persona.revision : null };
    return freeze(session, "message", note ? [note, ...messages] : messages, told);
  };

  /** A frozen post goes out (again) with the messages it has. */
  const thaw = async (session: Session, post: Post, resent: boolean): Promise<Post> => {
    // In the background a server answers messages it has seen with the run they made, and runs nothing: should that run
    // have died with the server, it would be silent for ever.
    const background = session.access.background() && !(resent && post.refusedAt !== null);
    await durably(deps, session, () =>
      store.write.sendPostAgain({ post: post.id, turn: session.turn.id, resent, background }),
    );
    return { ...post, background, state: "sent", runId: null, seq: null, cutBy: null, searchedMs: 0, refusedAt: null };
  };

  /** The post that waits to go out. */
  const readyPost = (turn: number): Post | undefined =>
    postsOfTurn(store.db, turn).find((post) => post.state === "ready");

  const currentPost = (turn: number, post: Post): Post =>
    postsOfTurn(store.db, turn).find((one) => one.id === post.id) ?? post;

  /** The conversation the turn goes to, made on the server at its first use, and before it an agent that is the chat's own. */
  const ensureConversation = async (session: Session): Promise<string> => {
    await ensureAgent(session);
    const { turn, target } = session;
    if (target.conversation !== "") return target.conversation;
    const upstreamId = await createConversation(session);
    await store.write.setConversation({ id: turn.conversationId, upstreamId });
    return upstreamId;
  };

  /** The server has lost a conversation that we made: the message goes to a new one. Null when it was not ours to make. */
  const moveOn = async (session: Session, post: Post): Promise<Post | null> => {
    const { turn } = session;
    if (conversationById(store.db, turn.conversationId)?.scope == null) return null;
    session.moved = true;
    const conversation = await createConversation(session);
    session.target = { ...session.target, conversation };
    // The post was refused, so nobody has heard it: what the new conversation should be told may be put in front.
    const persona = session.personaId === null ? undefined : personaById(store.db, session.personaId);
    const frozen = JSON.parse(post.messages ?? "[]") as readonly PostMessage[];
    const told = frozen.some((message) => "role" in message && message.role === "system");
    const note = persona && !told ? noteFor(session, persona) : undefined;
    const messages = JSON.stringify(note ? [note, ...frozen] : frozen);
    await durably(deps, session, () =>
      store.write.replaceConversation({
        id: turn.conversationId,
        upstreamId: conversation,
        post: post.id,
        messages,
        turn: turn.id,
        ...(persona && note ? { note: { persona: persona.id, revision: persona.revision } } : {}),
      }),
    );
    const parts = noticeParts(
      session,
      "The earlier conversation is gone from the Letta server; a new one begins.",
      "moved",
    );
    await durably(deps, session, () => store.write.addToOutbox({ parts, at: deps.now() }));
    if (parts.length > 0) deps.spoke(turn.chatId);
    log.warn("turn.moved", { turn: turn.publicId, conversation });
    return thaw(session, { ...post, conversation, messages }, false);
  };

  return { freeze, freezeMessage, thaw, readyPost, currentPost, ensureConversation, moveOn };
};
