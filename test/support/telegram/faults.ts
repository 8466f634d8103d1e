/** What goes wrong because a test wishes it: refusals, limits, cut connections, lost and slow answers. */
import type { Clock } from "./clock.ts";
import { isMethodName } from "./parameters.ts";
import { limited, type Refusal, refusal } from "./refusal.ts";

/** Which requests are struck. */
export type Which = {
  /** A method, a beginning like `send*`, or `*`; without it everything that shows in a chat: `send*` and `edit*`. */
  readonly method?: string;
  readonly chat?: number;
  /** So many of them pass first. */
  readonly skip?: number;
  /** How many are struck; one unless set. */
  readonly times?: number | "always";
  /** Strikes each only with this probability. */
  readonly chance?: number;
};

export type What =
  /** 429, and the same again for everything to that chat, or of that bot, until the time is over. */
  | { readonly kind: "limit"; readonly seconds: number; readonly scope?: "chat" | "bot" }
  | { readonly kind: "blocked" | "kicked" | "deactivated" | "chat_not_found" | "cannot_parse" | "no_rich" }
  | { readonly kind: "migrated"; readonly to: number }
  /** 500 with a body; 502 with a page of a proxy; 404 as from a server that does not know the method yet. */
  | { readonly kind: "broken" | "gateway" | "absent" }
  /** The connection is cut: before anything was done, or after, so that only the answer is lost. */
  | { readonly kind: "cut" | "lost" }
  /** The answer is held back so long, between two times by chance; other faults strike beside it. */
  | { readonly kind: "slow"; readonly ms: number; readonly toMs?: number }
  | { readonly kind: "refuse"; readonly code: number; readonly description: string };

export type Fault = Which & What;

type Armed = { readonly fault: Fault; skip: number; left: number };

export type Struck = { readonly fault: Fault | undefined; readonly slowMs: number };

const matches = (pattern: string | undefined, method: string): boolean => {
  if (pattern === undefined) return /^(?:send(?!ChatAction)|edit)/u.test(method);
  return pattern.endsWith("*") ? method.startsWith(pattern.slice(0, -1)) : method === pattern;
};

const needsRich = (method: string, args: Readonly<Record<string, unknown>>): boolean =>
  method.startsWith("sendRich") || args["rich_message"] !== undefined;

const refusals: Readonly<Record<string, readonly [code: number, text: string]>> = {
  blocked: [403, "bot was blocked by the user"],
  kicked: [403, "bot was kicked from the supergroup chat"],
  deactivated: [403, "user is deactivated"],
  chat_not_found: [400, "chat not found"],
  cannot_parse: [400, "can't parse entities: Can't find end of the entity starting at byte offset 0"],
  no_rich: [400, "rich messages are not supported"],
  broken: [500, "Internal Server Error"],
  absent: [404, "Not Found"],
};

/** The answer that a fault gives instead of the method; nothing for one that only touches the connection. */
export const refusalOf = (fault: Fault): Refusal | undefined => {
  if (fault.kind === "limit") return limited(fault.seconds, "injected");
  if (fault.kind === "refuse")
    return Object.assign(refusal(fault.code, "", "injected"), { message: fault.description });
  if (fault.kind === "migrated") {
    const parameters = { migrate_to_chat_id: fault.to };
    return refusal(400, "group chat was upgraded to a supergroup chat", "injected", parameters);
  }
  const known = refusals[fault.kind];
  return known && refusal(known[0], known[1], "injected");
};

const keyOf = (bot: number, chat: number | undefined): string => `${bot}/${chat ?? "*"}`;

export const createFaults = (clock: Clock, random: () => number) => {
  let armed: readonly Armed[] = [];
  const limits = new Map<string, number>();

  const take = (one: Armed): boolean => {
    if (one.left <= 0) return false;
    if (one.skip > 0) {
      one.skip -= 1;
      return false;
    }
    if (one.fault.chance !== undefined && random() >= one.fault.chance) return false;
    one.left -= 1;
    return true;
  };

  const isMeant = ({ fault }: Armed, method: string, chat: number | undefined, args: object): boolean =>
    matches(fault.method, method) &&
    (fault.chat === undefined || fault.chat === chat) &&
    (fault.kind !== "no_rich" || needsRich(method, args as Readonly<Record<string, unknown>>));

  return {
    arm: (fault: Fault): void => {
      const name = fault.method;
      if (name !== undefined && !name.endsWith("*") && !isMethodName(name) && name !== "download") {
        throw new Error(`no method is called ${name}`);
      }
      const left = fault.times === "always" ? Number.POSITIVE_INFINITY : (fault.times ?? 1);
      armed = [...armed, { fault, skip: fault.skip ?? 0, left }];
    },
    disarm: (): void => {
      armed = [];
      limits.clear();
    },
    choose: (method: string, chat: number | undefined, args: Readonly<Record<string, unknown>>): Struck => {
      const meant = armed.filter((one) => isMeant(one, method, chat, args));
      const slow = meant.find((one) => one.fault.kind === "slow" && take(one))?.fault;
      const fault = meant.find((one) => one.fault.kind !== "slow" && take(one))?.fault;
      const slowMs = slow?.kind === "slow" ? slow.ms + random() * ((slow.toMs ?? slow.ms) - slow.ms) : 0;
      return { fault, slowMs };
    },
    /** The time is running from here on. */
    limit: (fault: Fault, bot: number, chat: number | undefined): void => {
      if (fault.kind !== "limit") return;
      limits.set(keyOf(bot, fault.scope === "bot" ? undefined : chat), clock.now() + fault.seconds * 1000);
    },
    /** What is left of a limit that this request should have waited for. */
    early: (bot: number, chat: number | undefined): Refusal | undefined => {
      const until = Math.max(limits.get(keyOf(bot, chat)) ?? 0, limits.get(keyOf(bot, undefined)) ?? 0);
      const left = until - clock.now();
      return left > 0 ? limited(Math.ceil(left / 1000), "injected") : undefined;
    },
  };
};

export type Faults = ReturnType<typeof createFaults>;
