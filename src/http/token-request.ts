/** The body of a request for a token, checked field by field. */
import { Fault } from "../errors.ts";
import { type Scope, scopes } from "../store/tokens.ts";

export type TokenRequest = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Names or ids, as they were written. */
  readonly agents: readonly string[] | undefined;
  readonly expiresAt: number | undefined;
  readonly ratePerMinute: number | undefined;
};

type Body = Readonly<Record<string, unknown>>;

const wrong = (field: string, message: string): Fault => new Fault("bad_request", { message, field });

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** Something to see, and no control characters. */
const namePattern = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,64}$/u;

/** Longest list of agents. */
const maxAgents = 100;
const maxRate = 1_000_000;
/** A hundred years: what is later is a mistake. */
const maxLifeMs = 100 * 366 * 24 * 3_600_000;

const readName = ({ name }: Body): string => {
  if (typeof name === "string" && namePattern.test(name)) return name;
  throw wrong("name", "name must be one line of 1 to 64 characters");
};

/** One word, several with commas or spaces between them, or a list of them. */
const readScopes = ({ scope = "chat" }: Body): readonly Scope[] => {
  const words: readonly unknown[] =
    typeof scope === "string" ? scope.split(/[\s,]+/) : Array.isArray(scope) ? scope : [];
  const known = words.flatMap((word) => scopes.find((one) => one === word) ?? []);
  if (known.length === 0 || known.length < words.length) {
    throw wrong("scope", `scope must be one or more of: ${scopes.join(", ")}`);
  }
  return scopes.filter((one) => known.includes(one));
};

const readAgents = ({ agents }: Body): readonly string[] | undefined => {
  if (isAbsent(agents)) return undefined;
  const isList = Array.isArray(agents) && agents.every((one) => typeof one === "string" && one.trim() !== "");
  if (isList && agents.length > 0 && agents.length <= maxAgents) return agents as readonly string[];
  throw wrong("agents", `agents must be a list of 1 to ${maxAgents} names or ids of agents`);
};

const readExpiry = ({ expiresAt, expiresInMs }: Body, now: number): number | undefined => {
  if (!isAbsent(expiresAt) && !isAbsent(expiresInMs)) {
    throw wrong("expiresInMs", "expiresAt and expiresInMs say the same; give one of them");
  }
  if (!isAbsent(expiresInMs)) {
    const fits = typeof expiresInMs === "number" && Number.isSafeInteger(expiresInMs);
    if (fits && expiresInMs > 0 && expiresInMs <= maxLifeMs) return now + expiresInMs;
    throw wrong("expiresInMs", "expiresInMs must be a number of milliseconds, at most a hundred years");
  }
  if (isAbsent(expiresAt)) return undefined;
  const at = typeof expiresAt === "string" ? Date.parse(expiresAt) : Number.NaN;
  if (at > now) return at;
  throw wrong("expiresAt", "expiresAt must be a time to come, like 2030-12-31T00:00:00Z");
};

const readRate = ({ ratePerMinute }: Body): number | undefined => {
  if (isAbsent(ratePerMinute)) return undefined;
  const fits = typeof ratePerMinute === "number" && Number.isSafeInteger(ratePerMinute);
  if (fits && ratePerMinute >= 0 && ratePerMinute <= maxRate) return ratePerMinute;
  throw wrong("ratePerMinute", `ratePerMinute must be a whole number from 0, which is no limit, to ${maxRate}`);
};

/** Throws `bad_request` with the field that is wrong. */
export const readTokenRequest = (body: Body, now: number): TokenRequest => {
  const request = {
    name: readName(body),
    scopes: readScopes(body),
    agents: readAgents(body),
    expiresAt: readExpiry(body, now),
    ratePerMinute: readRate(body),
  };
  if (request.agents && request.scopes.includes("admin")) {
    throw wrong("agents", "an admin token has to do with every agent; leave agents out, or choose other scopes");
  }
  return request;
};
