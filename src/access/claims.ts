/** Claim codes: made when somebody asks for one, and at every start while a bot has no operator. Each works once. */
import { randomBytes } from "node:crypto";
import { hashToken } from "../crypto/tokens.ts";
import { operatorsOf } from "../store/operators.ts";
import type { Store } from "../store/store.ts";

export type Claim = {
  /** The bot's slug. */
  readonly bot: string;
  readonly code: string;
  /** Opens a chat with the bot and sends the code, where the platform has such links. */
  readonly link: string | null;
};

type Claimable = {
  readonly id: number;
  readonly slug: string;
  readonly startLink?: ((payload: string) => string) | undefined;
};

/** A new code; the one before does not count any more. */
export const newClaim = async (
  { store, now }: { readonly store: Store; readonly now: () => number },
  bot: Claimable,
): Promise<Claim> => {
  const code = randomBytes(16).toString("base64url");
  await store.write.makeClaim({ bot: bot.id, codeHash: hashToken(code), at: now() });
  return { bot: bot.slug, code, link: bot.startLink?.(code) ?? null };
};

/** Bots that nobody steers yet. */
export const unclaimed = <B extends Claimable>(store: Store, bots: Iterable<B>): readonly B[] =>
  [...bots].filter(({ id }) => operatorsOf(store.db, id).length === 0);
