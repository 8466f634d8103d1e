/**
 * What is kept about people, and the blocks on Letta servers that hold the same. The text in the database is what agents
 * are told; its block is made at the person's first turn and follows every change. What somebody writes into it elsewhere
 * counts: it is looked at before a message, once a minute at most, and always before something is made of what it says.
 * The block is found by the id that is stored, never by listing.
 */
import { asFault } from "../errors.ts";
import type { AccountAccess } from "../letta/access.ts";
import type { Log } from "../log.ts";
import { pause } from "../pause.ts";
import type { Turn } from "../store/lanes.ts";
import { mostPersonaChars } from "../store/persona-text.ts";
import { isUnsaved, type Persona, personaById, personaOf, speakerOf, unsavedPersonas } from "../store/personas.ts";
import type { Store } from "../store/store.ts";
import { createFresh } from "./fresh.ts";
import { createMirror } from "./mirror.ts";

/** Blocks of an account that could not be had are left alone for a while by those who only write messages. */
const restMs = 30_000;
const changeMs = 10_000;
/** Waits between attempts to write a block; then the person's next message, or the next start, tries again. */
const retryMs = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000] as const;
/** What is taken over from a block is bounded like everything that comes from a server. */
const mostBlockChars = 100_000;

const description =
  "What is kept about one person by lettabox, for every conversation with them. It is told to the agent in a note in " +
  "front of the person's messages; it need not be attached to an agent.";

export type PersonaKeeper = ReturnType<typeof createPersonas>;

export const createPersonas = (deps: {
  readonly store: Store;
  readonly log: Log;
  readonly now: () => number;
  readonly accountAccess: (account: number) => AccountAccess;
  /** A block that we have read or written is not looked at again for another message within this time. */
  readonly freshMs: number;
  /** How long a message waits for a look at its sender's block. */
  readonly lookMs: number;
  readonly settings: { readonly memory: "note" | "off"; readonly noteEvery: number; readonly identities: boolean };
}) => {
  const { store, log, now, accountAccess, settings } = deps;
  const stopping = new AbortController();
  const within = (ms: number): AbortSignal => AbortSignal.any([stopping.signal, AbortSignal.timeout(ms)]);
  const mirror = createMirror({ ...deps, abort: () => within(changeMs) });

  const restsUntil = new Map<number, number>();
  const letRest = (account: number): void => void restsUntil.set(account, now() + restMs);
  const isResting = (account: number): boolean => now() < (restsUntil.get(account) ?? 0);

  /** Personas whose block we have read or written a moment ago. */
  const fresh = createFresh({ ms: deps.freshMs, now });

  /** Takes over what somebody wrote into the block since. */
  const look = async ({ id, accountId, personId, blockId, text, revision }: Persona): Promise<void> => {
    if (blockId === null) return;
    try {
      const found = await accountAccess(accountId).upstream.readBlock(blockId, within(deps.lookMs));
      const seen = found?.slice(0, mostBlockChars);
      if (seen === undefined) return await store.write.forgetBlock({ persona: id, blockId });
      if (seen !== text) await store.write.adoptPersona({ persona: id, text: seen, revision });
      fresh.add(id);
    } catch (error) {
      letRest(accountId);
      log.warn("persona.not-looked-at", { person: personId, fault: asFault(error) });
    }
  };

  /** One step towards a block that says what it should. */
  const put = async ({ id, accountId, blockId, label, text, revision }: Persona): Promise<void> => {
    const { upstream } = accountAccess(accountId);
    if (blockId === null) {
      // Empty at first: should we be killed before its id is stored, nothing of the person is left in it.
      const made = await upstream.createBlock({ label, description, limit: mostPersonaChars }, within(changeMs));
      await store.write.recordBlock({ persona: id, blockId: made, revision: 0 });
    } else if (await upstream.writeBlock(blockId, text, within(changeMs))) {
      await store.write.recordBlock({ persona: id, blockId, revision });
      fresh.add(id);
    } else await store.write.forgetBlock({ persona: id, blockId });
  };

  /** Until the block says what it should, or trying has no use now. */
  const bring = async (id: number): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted;) {
      const persona = personaById(store.db, id);
      if (!persona) return;
      if (!isUnsaved(persona)) return mirror.show(persona);
      try {
        await put(persona);
        failures = 0;
      } catch (error) {
        const fault = asFault(error);
        if (stopping.signal.aborted) return;
        letRest(persona.accountId);
        log.warn("persona.not-saved", { person: persona.personId, fault });
        const waitMs = retryMs[failures++];
        // A block may have come about though its id was never seen: each further try could leave another one behind.
        const helps = fault.verdict === "retry" || (fault.verdict === "uncertain" && persona.blockId !== null);
        if (waitMs === undefined || !helps) return;
        await pause(waitMs, stopping.signal);
      }
    }
  };

  /** Personas whose block is being brought; `true` when there was a change since. One at a time, so none overtakes another. */
  const under = new Map<number, boolean>();
  const works = new Set<Promise<void>>();

  const save = (id: number): void => {
    if (stopping.signal.aborted) return;
    if (under.has(id)) return void under.set(id, true);
    under.set(id, false);
    const work = bring(id)
      .catch((error: unknown) => log.warn("persona.broken", { fault: asFault(error) }))
      .finally(() => {
        works.delete(work);
        const again = under.get(id);
        under.delete(id);
        if (again) save(id);
      });
    works.add(work);
  };

  /** `isFresh` says whose block need not be looked at. */
  const know = async (
    person: number,
    account: number,
    isFresh: (persona: number) => boolean,
  ): Promise<Persona | undefined> => {
    if (settings.memory === "off") return undefined;
    try {
      const at = now();
      const known = personaOf(store.db, person, account) ?? (await store.write.ensurePersona({ person, account, at }));
      if (!known || isResting(account)) return known ?? undefined;
      if (!isUnsaved(known) && !isFresh(known.id)) await look(known);
      const persona = personaById(store.db, known.id);
      if (persona && (isUnsaved(persona) || mirror.isStale(persona))) save(persona.id);
      return persona;
    } catch (error) {
      log.warn("persona.unknown", { person, fault: asFault(error) });
      return undefined;
    }
  };

  /** Blocks that had yet to follow when the last process ended. */
  const catchUp = async (): Promise<void> => {
    for (let after = 0; ;) {
      const page = unsavedPersonas(store.db, after);
      for (const { id } of page) {
        if (stopping.signal.aborted) return;
        after = id;
        save(id);
        await Promise.all(works);
      }
      if (page.length === 0) return;
    }
  };

  return {
    know: (person: number, account: number) => know(person, account, () => false),
    meet: async ({ id, trigger, accountId }: Turn): Promise<Persona | undefined> => {
      const person = trigger === "message" ? speakerOf(store.db, id) : undefined;
      return person === undefined || accountId === null ? undefined : know(person, accountId, fresh.has);
    },
    renew: async (id: number): Promise<void> => {
      const persona = personaById(store.db, id);
      if (persona && !isUnsaved(persona) && !isResting(persona.accountId)) await look(persona);
    },
    save,
    noteEvery: settings.noteEvery,
    start: (): void => {
      if (settings.memory === "off") return;
      catchUp().catch((error: unknown) => log.error("persona.broken", { fault: asFault(error) }));
    },
    /** Breaks off what is under way; it is done at the next start. */
    stop: async (): Promise<void> => {
      stopping.abort();
      await Promise.all(works);
    },
  };
};
