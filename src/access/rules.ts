/** The rules of who may talk, as words and pure functions. Imports nothing, so that the schema can name them. */

/** Who may use a command. */
export const steerers = [
  "anyone",
  /** Whoever owns the account that the chat's agent runs on; of the house account, the operator. */
  "owner",
  /** In a direct chat its person; in a group the operator, and whom the platform calls an administrator there. */
  "chat-admin",
  /** Whoever claimed the bot. */
  "operator",
] as const;
export type Steerer = (typeof steerers)[number];

/** How a bot meets people whom nobody let in. */
export const accessModes = [
  /** They get a code, and wait until the operator approves it. */
  "pairing",
  /** Only people that the configuration names, and those the operator let in. */
  "allowlist",
  /** Everybody may talk; each with an agent of their own. */
  "open",
] as const;
export type AccessMode = (typeof accessModes)[number];

/** What a group's messages mean to the agent, from the narrowest to the widest. */
export const groupModes = [
  /** Nothing is listened to. */
  "disabled",
  /** It answers those who address it, and hears nothing else. */
  "mention-only",
  /** It hears everything, and answers only those who address it. */
  "listen",
  /** It hears and answers everything. */
  "open",
] as const;
export type GroupMode = (typeof groupModes)[number];

/** The narrower of two modes: what administrators choose never goes beyond what the operator allows. */
export const narrower = (one: GroupMode, other: GroupMode): GroupMode =>
  groupModes.indexOf(one) <= groupModes.indexOf(other) ? one : other;

/** What the configuration says of a bot. */
export type BotAccess = {
  readonly access: AccessMode;
  /** Whom it names: ids, and names behind an `@`. */
  readonly allow: readonly string[];
  /** Whether strangers to each other share one agent where `access` is `open`. */
  readonly shareAgent: boolean;
  readonly groups: {
    readonly mode: GroupMode;
    /** Messages for the agent in a day (UTC): of a group, and of each person in it. */
    readonly dailyLimit?: number | undefined;
    readonly dailyPersonLimit?: number | undefined;
    /** How long messages wait for others to join them. */
    readonly batchMs?: number | undefined;
  };
};

/** Of a bot of which nothing is said. */
export const defaultAccess: BotAccess = {
  access: "pairing",
  allow: [],
  shareAgent: false,
  groups: { mode: "mention-only" },
};

/** What comes with an event whose sender has to be let in. */
export type Admission = {
  readonly mode: AccessMode;
  /** The configuration names the sender. */
  readonly listed: boolean;
  /** Newcomers are told that others talk to the same agent. */
  readonly tells: boolean;
  readonly addressed: boolean;
  /** It is a command. */
  readonly isCommand: boolean;
  /** It is for an agent, so it counts for the day. */
  readonly counts: boolean;
  readonly group: Pick<BotAccess["groups"], "mode" | "dailyLimit" | "dailyPersonLimit">;
  readonly membership?: "added" | "removed";
  /** Hash of what may be a claim code; `insists`: it cannot be anything else. */
  readonly claim?: string;
  readonly insists?: true;
  /** The platform's id of the sender, which an operator needs in order to name them. */
  readonly senderId: string;
};

/** What is kept of a chat, as far as it decides. */
export type ChatRules = {
  readonly admittedAt: number | null;
  readonly toldAt: number | null;
  readonly mode: GroupMode | null;
  readonly ceiling: GroupMode | null;
  /** JSON array of handles. */
  readonly allowed: string | null;
};

export type Facts = Admission & {
  readonly isGroup: boolean;
  readonly kind: string;
  readonly at: number;
  readonly handle: string;
  readonly isOperator: boolean;
  readonly grant: { readonly state: "granted" | "revoked" | "blocked"; readonly changedAt: number } | undefined;
  readonly chat: ChatRules | undefined;
  /** Asked for only where it counts: whether the code is the bot's claim code, whether one waits, whether there is room. */
  readonly claims: (hash: string) => boolean;
  readonly waits: () => boolean;
  readonly isFull: () => boolean;
};

/** Why nothing is done with an event, and its text not kept. */
export type Silence =
  | "blocked"
  | "stranger"
  | "denied"
  | "group-not-admitted"
  | "group-disabled"
  | "not-allowed"
  | "not-addressed"
  | "daily-limit"
  | "membership";

export type Verdict =
  /** `admits`: the group is let in with it. `muted`: the agent hears it and says nothing. */
  | { readonly let: "in"; readonly muted: boolean; readonly admits: boolean }
  | { readonly let: "out"; readonly why: Silence; readonly leaves?: true }
  /** lettabox itself answers. */
  | {
      readonly let: "told";
      readonly what: "claimed" | "asked" | "named-only" | "full" | "group" | "admitted" | "claim-wrong";
    };

/** How long somebody who was refused, or heard that too many wait, is not answered. */
export const deniedMs = 24 * 3_600_000;
export const codeMs = 3_600_000;
/** Codes that may wait at a bot. */
export const mostWaiting = 3;

const passes: Verdict = { let: "in", muted: false, admits: false };
const out = (why: Silence): Verdict => ({ let: "out", why });

/** Whether the person may talk to the bot by themselves, in whatever chat. */
const hasAccess = ({ isOperator, grant, listed, mode }: Facts): boolean =>
  isOperator || grant?.state === "granted" || listed || mode === "open";

export const isBlocked = ({ grant, isOperator }: Pick<Facts, "grant" | "isOperator">): boolean =>
  grant?.state === "blocked" && !isOperator;

/** Only words are worth an answer. */
const speaks = ({ kind }: Facts): boolean => kind === "message" || kind === "command";

const decideDirect = (facts: Facts): Verdict => {
  const { mode, grant, chat, at } = facts;
  if (hasAccess(facts)) return passes;
  if (!speaks(facts)) return out("stranger");
  if (grant?.state === "revoked" && at - grant.changedAt < deniedMs) return out("denied");
  const toldMs = at - (chat?.toldAt ?? Number.NEGATIVE_INFINITY);
  if (mode === "allowlist") return toldMs < deniedMs ? out("stranger") : { let: "told", what: "named-only" };
  if (facts.waits()) return out("stranger");
  if (!facts.isFull()) return { let: "told", what: "asked" };
  return toldMs < codeMs ? out("stranger") : { let: "told", what: "full" };
};

/** What a group may do at most, and what it does. */
export const modeOf = (chat: Pick<ChatRules, "mode" | "ceiling"> | undefined, configured: GroupMode): GroupMode => {
  const ceiling = chat?.ceiling ?? configured;
  return narrower(chat?.mode ?? ceiling, ceiling);
};

const decideMembership = (facts: Facts): Verdict => {
  const { isGroup, membership, chat } = facts;
  if (!isGroup) return out("membership");
  if (membership === "removed") return { let: "out", why: "membership", leaves: true };
  if (isBlocked(facts)) return out("blocked");
  if (chat?.admittedAt != null) return out("membership");
  if (hasAccess(facts)) return { let: "told", what: "admitted" };
  return chat?.toldAt == null ? { let: "told", what: "group" } : out("group-not-admitted");
};

const isListenedTo = ({ chat, handle, isOperator }: Facts): boolean =>
  isOperator || chat?.allowed == null || (JSON.parse(chat.allowed) as readonly string[]).includes(handle);

const decideGroup = (facts: Facts): Verdict => {
  const { mode, chat, addressed, isOperator, isCommand, kind } = facts;
  // Where everybody has access, somebody with access has added it.
  const isAdmitted = chat?.admittedAt != null || mode === "open";
  if (!isAdmitted) {
    if (!speaks(facts) || !addressed) return out("group-not-admitted");
    if (!isOperator) return chat?.toldAt == null ? { let: "told", what: "group" } : out("group-not-admitted");
  }
  const pass: Verdict = { ...passes, admits: !isAdmitted };
  const effective = modeOf(chat, facts.group.mode);
  // Whoever steers has to be able to open it again.
  if (effective === "disabled") return isOperator && isCommand && addressed ? pass : out("group-disabled");
  if (!isListenedTo(facts)) return out("not-allowed");
  if (addressed || !(speaks(facts) || kind === "edit")) return pass;
  if (effective === "open") return pass;
  return effective === "listen" && !isCommand ? { ...pass, muted: true } : out("not-addressed");
};

/** What becomes of an event, but for what is counted. */
export const decide = (facts: Facts): Verdict => {
  const { kind, isGroup, claim, insists } = facts;
  if (!isGroup && claim !== undefined && facts.claims(claim)) return { let: "told", what: "claimed" };
  // To strangers a wrong code says no more than any other word.
  if (!isGroup && insists && hasAccess(facts) && !isBlocked(facts)) return { let: "told", what: "claim-wrong" };
  // A chat that moved is no question of access.
  if (kind === "membership") return facts.membership === undefined ? passes : decideMembership(facts);
  if (isBlocked(facts)) return out("blocked");
  return isGroup ? decideGroup(facts) : decideDirect(facts);
};
