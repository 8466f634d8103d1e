/** How a bot asks for its updates: by long poll, or by naming a webhook. */
import type { Update, UserFromGetMe, WebhookInfo } from "grammy/types";
import type { Arguments } from "../parameters.ts";
import { limited, refusal, wrong } from "../refusal.ts";
import type { Pending } from "../updates.ts";
import { isLocal } from "../webhook.ts";
import type { Bot, Poll } from "../world.ts";
import type { Call } from "./call.ts";

export const getMe = ({ bot }: Call): UserFromGetMe => bot.user;

const timeoutMax = 50;
const pageMax = 100;

/** Everything before the offset was taken; a negative one keeps only the last so many. */
const confirmBefore = ({ updates }: Bot, offset: number): void => {
  const pending = [...updates.pending()];
  const first = offset < 0 ? (pending.at(offset)?.update.update_id ?? 0) : offset;
  for (const one of pending) {
    if (one.update.update_id < first && !one.again) updates.confirm(one);
  }
};

const page = ({ world, bot }: Call, limit: number): readonly Update[] => {
  const shown = bot.updates.pending().slice(0, limit);
  const record = ({ update, kind }: Pending): void =>
    bot.updates.record({
      updateId: update.update_id,
      kind,
      via: "polling",
      at: world.clock.now(),
      outcome: "shown",
    });
  for (const one of shown) {
    record(one);
    one.again = false;
  }
  return shown.map(({ update }) => update);
};

const terminated = (by: string) => {
  const advice = by === "setWebhook" ? "" : "; make sure that only one bot instance is running";
  return refusal(409, `terminated by ${by} request${advice}`, "world");
};

export const getUpdates = async (call: Call, args: Arguments<"getUpdates">): Promise<readonly Update[]> => {
  const { world, bot, gone } = call;
  const limit = args.limit ?? pageMax;
  if (limit < 1 || limit > pageMax) throw wrong("limit must be between 1 and 100");
  const timeout = args.timeout ?? 0;
  if (timeout < 0 || timeout > timeoutMax) throw wrong(`timeout must be between 0 and ${timeoutMax}`);
  if (bot.pusher.webhook()) {
    const text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    throw refusal(409, text, "world");
  }
  bot.poll?.conflict("other getUpdates");
  bot.updates.allow(args.allowed_updates);
  if (args.offset !== undefined) confirmBefore(bot, args.offset);
  if (bot.updates.pending().length > 0 || timeout === 0) return page(call, limit);

  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const poll: Poll = { conflict: (by) => reject(terminated(by)) };
  bot.poll = poll;
  const cancel = world.clock.at(world.clock.now() + timeout * 1000, resolve);
  const forget = world.listen(() => {
    if (bot.updates.pending().length > 0) resolve();
  });
  gone.addEventListener("abort", () => resolve(), { once: true });
  world.changed();
  try {
    await promise;
  } finally {
    cancel();
    forget();
    if (bot.poll === poll) bot.poll = undefined;
    world.changed();
  }
  return gone.aborted ? [] : page(call, limit);
};

const ports = ["", "443", "80", "88", "8443"];

const checkUrl = (url: string): void => {
  if (!URL.canParse(url)) throw wrong("bad webhook: invalid webhook URL specified");
  const parsed = new URL(url);
  if (isLocal(parsed)) return;
  const { protocol, port } = parsed;
  if (protocol !== "https:") throw wrong("bad webhook: An HTTPS URL must be provided for webhook");
  if (!ports.includes(port)) throw wrong("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443");
};

const checkSecret = (secret: string): void => {
  if (secret.length > 256) throw wrong("secret token is too long");
  if (!/^[\w-]+$/u.test(secret)) throw wrong("secret token contains unallowed characters");
};

export const setWebhook = ({ world, bot, method }: Call, args: Arguments<"setWebhook">): true => {
  if (args.url === "") return deleteWebhook({ bot }, args);
  if (args.url.includes(bot.token)) world.complain(bot.user.id, method, "the token in the path ends in access logs");
  checkUrl(args.url);
  if (args.secret_token !== undefined) checkSecret(args.secret_token);
  const connections = args.max_connections ?? 40;
  if (connections < 1 || connections > 100) throw wrong("max_connections must be between 1 and 100");
  const known = bot.pusher.webhook();
  const { url, secret_token: secret } = args;
  const isSame = known?.url === url && known.secret === secret && known.connections === connections;
  const now = world.clock.now();
  if (!isSame && known && now - known.setAt < 1000) throw limited(1, "world");
  bot.updates.allow(args.allowed_updates);
  if (args.drop_pending_updates) bot.updates.dropAll();
  bot.poll?.conflict("setWebhook");
  if (!isSame) bot.pusher.set({ url, secret, connections, setAt: now });
  world.changed();
  return true;
};

export const deleteWebhook = ({ bot }: Pick<Call, "bot">, args: Arguments<"deleteWebhook">): true => {
  if (args.drop_pending_updates) bot.updates.dropAll();
  bot.pusher.set(undefined);
  return true;
};

export const getWebhookInfo = ({ bot }: Call): WebhookInfo => {
  const webhook = bot.pusher.webhook();
  const error = bot.pusher.lastError();
  const allowed = bot.updates.allowed();
  return {
    url: webhook?.url ?? "",
    has_custom_certificate: false,
    pending_update_count: bot.updates.pending().length,
    ...(webhook && { max_connections: webhook.connections, ip_address: "127.0.0.1" }),
    ...(error && { last_error_date: error.date, last_error_message: error.message }),
    ...(allowed.length > 0 && { allowed_updates: [...allowed] }),
  };
};
