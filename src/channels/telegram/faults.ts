/** What Telegram says no with, and what becomes of a request that it does not answer: each as the `Fault` it stands for. */
import { connectionCode, isCertificate, neverConnected } from "../../connection.ts";
import { Fault, type FaultOptions } from "../../errors.ts";
import { nameOf } from "./address.ts";

/** What Telegram answers instead of doing as asked. Its words may quote what was sent, so they stay behind. */
export type Rejection = {
  readonly status: number;
  readonly retryAfterMs?: number;
  /** The group has become a supergroup with this number. */
  readonly movedTo?: number;
  /** An edit that changes nothing: things are as they should be. */
  readonly unchanged?: true;
  /** Rich messages are not taken here, whatever is in them. */
  readonly withoutRich?: true;
  /** Why, in our words, where we know it. */
  readonly hint?: string;
};

const hints: readonly (readonly [RegExp, string])[] = [
  [/bot was blocked by the user/i, "The person has blocked the bot."],
  [/user is deactivated/i, "The person's account is deleted."],
  [/bot was kicked/i, "The bot was removed from the group."],
  [/bot is not a member/i, "The bot is not a member of the group."],
  [/bot can't initiate conversation/i, "The person has not written to the bot yet."],
  [/chat not found/i, "There is no such chat, or the bot has never been in it."],
  [/message thread not found|TOPIC_DELETED/i, "The topic is gone."],
  [/TOPIC_CLOSED/i, "The topic is closed."],
  [/not enough rights|CHAT_WRITE_FORBIDDEN|CHAT_RESTRICTED|have no rights/i, "The bot may not write in the group."],
  [/VOICE_MESSAGES_FORBIDDEN/i, "The person takes no voice messages."],
  [/too large|too big/i, "The file is too large."],
];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const wholeNumber = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;

/** The parts of an answer that say no. */
export const rejectionFrom = (status: number, description: string, parameters: unknown): Rejection => {
  const { retry_after, migrate_to_chat_id } = isRecord(parameters) ? parameters : {};
  const seconds = wholeNumber(retry_after);
  const movedTo = wholeNumber(migrate_to_chat_id);
  const hint = hints.find(([pattern]) => pattern.test(description))?.[1];
  return {
    status,
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }),
    ...(movedTo === undefined ? {} : { movedTo }),
    ...(status === 400 && /message is not modified/i.test(description) ? { unchanged: true } : {}),
    ...(/rich messages? (?:is|are) not supported/i.test(description) ? { withoutRich: true } : {}),
    ...(hint === undefined ? {} : { hint }),
  };
};

export const faultFromRejection = ({ status, retryAfterMs, movedTo, hint }: Rejection): Fault => {
  const options: FaultOptions = { hint: hint ?? `Telegram answered ${status}.` };
  if (movedTo !== undefined) return new Fault("send_moved", { ...options, movedTo: nameOf({ chat: movedTo }) });
  if (status === 429)
    return new Fault("send_limited", retryAfterMs === undefined ? options : { ...options, retryAfterMs });
  // Telegram tells a token that was revoked from one that never was; both want the operator.
  if (status === 401 || status === 404)
    return new Fault("bot_rejected", {
      ...options,
      hint: "Set the token that @BotFather shows for the bot, or make a new one.",
    });
  if (status === 409) return new Fault("bot_contested", options);
  // It answered, and in its own form, so it knows that it did nothing.
  if (status >= 500) return new Fault("send_unreachable", options);
  return new Fault("send_refused", options);
};

/**
 * What a request without an answer means. Errors of `fetch` quote its address, and that holds the token, so nothing of
 * them but their code is kept.
 */
export const faultFromConnection = (error: unknown): Fault => {
  const code = connectionCode(error);
  if (isCertificate(code))
    return new Fault("send_unreachable", { hint: `Telegram's certificate is not valid here (${code}).` });
  return new Fault(neverConnected(code) ? "send_unreachable" : "send_lost");
};
