/** Whether a platform calls somebody an administrator of a group: asked when it matters, and kept for a moment. */
import type { Bot } from "../channels/channel.ts";
import { asFault } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Inbound } from "../message.ts";

/** The event waits for the answer, and the platform waits for us. */
const askMs = 5_000;
const keepMs = 60_000;
const mostKept = 1_000;

export type Admins = {
  /** Undefined when the platform does not say. */
  isAdmin(bot: Bot, event: Pick<Inbound, "to" | "sender">): Promise<boolean | undefined>;
};

export const createAdmins = (deps: { readonly log: Log; readonly now: () => number }): Admins => {
  const { log, now } = deps;
  const kept = new Map<string, { readonly at: number; readonly answer: boolean }>();

  const keep = (key: string, answer: boolean): boolean => {
    kept.delete(key);
    kept.set(key, { at: now(), answer });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return answer;
  };

  return {
    isAdmin: async (bot, { to, sender }) => {
      // Where the platform knows no administrators, nobody is one.
      if (!bot.channel.isAdmin) return false;
      const key = JSON.stringify([bot.id, to.chat, sender.realm ?? "", sender.id]);
      const known = kept.get(key);
      if (known && now() - known.at < keepMs) return known.answer;
      try {
        return keep(key, await bot.channel.isAdmin(to, sender.id, AbortSignal.timeout(askMs)));
      } catch (error) {
        log.warn("group.admins-unknown", { bot: bot.slug, fault: asFault(error) });
        return undefined;
      }
    },
  };
};
