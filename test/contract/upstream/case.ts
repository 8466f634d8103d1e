/** What a contract case is, and which servers it is for. */
import type { Stage } from "./stage.ts";

/**
 * `redis` says on which kind of server the case applies: with Redis, without, or both when absent; `why` is what the
 * other kind does instead. `unproven` says why no real server here can run it: it counts for nothing.
 */
export type Case = {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
  readonly redis?: boolean;
  readonly why?: string;
  readonly unproven?: string;
};

export const anyServer = (name: string, run: Case["run"]): Case => ({ name, run });

export const withRedis = (name: string, why: string, run: Case["run"]): Case => ({ name, run, redis: true, why });

export const withoutRedis = (name: string, why: string, run: Case["run"]): Case => ({ name, run, redis: false, why });

export const unproven = (name: string, because: string, run: Case["run"]): Case => ({ name, run, unproven: because });

/** Whether a case is for servers of this kind. */
export const applies = ({ redis }: Case, onRedis: boolean): boolean => redis === undefined || redis === onRedis;
