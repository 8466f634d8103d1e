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
