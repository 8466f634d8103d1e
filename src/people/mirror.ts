/** Persons as Letta identities of type `user`, for those who list agents and blocks by them there. Best effort: no agent sees them. */
import { asFault } from "../errors.ts";
import type { AccountAccess } from "../letta/access.ts";
import type { Log } from "../log.ts";
import { firstHandle, type Persona } from "../store/personas.ts";
import type { Store } from "../store/store.ts";

export type Mirror = {
  /** Whether the identity has yet to be made, or has another name. */
  isStale(persona: Persona): boolean;
  /** Makes or renames the identity, and lists the block as its own. Never throws. */
  show(persona: Persona): Promise<void>;
};

export const createMirror = (deps: {
  readonly store: Store;
  readonly log: Log;
  readonly accountAccess: (account: number) => AccountAccess;
  readonly settings: { readonly identities: boolean };
  readonly abort: () => AbortSignal;
}): Mirror => {
  const { store, log, settings, accountAccess } = deps;

  /** Those that could not be mirrored: the next start tries again. */
  const givenUp = new Set<number>();

  const shownAs = ({ personId }: Persona) => {
    const first = firstHandle(store.db, personId);
    return first && { key: first.handle, name: first.name ?? first.handle };
  };

  const isStale = (persona: Persona): boolean =>
    settings.identities &&
    persona.blockId !== null &&
    !givenUp.has(persona.id) &&
    persona.identityName !== shownAs(persona)?.name;

  return {
    isStale,
    show: async (persona) => {
      const { id, accountId, blockId } = persona;
      const person = shownAs(persona);
      if (!person || blockId === null || !isStale(persona)) return;
      try {
        const { upstream } = accountAccess(accountId);
        const identityId = await upstream.ensureIdentity(person, deps.abort());
        await upstream.attachIdentity(blockId, identityId, deps.abort());
        await store.write.recordIdentity({ persona: id, identityId, identityName: person.name });
      } catch (error) {
        givenUp.add(id);
        log.warn("persona.not-mirrored", { person: persona.personId, fault: asFault(error) });
      }
    },
  };
};
