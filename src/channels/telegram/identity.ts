/** Who the token belongs to, asked once and remembered: what is said to the bot cannot be read without its name. */
import type { Identity } from "../channel.ts";
import type { TelegramApi } from "./api.ts";
import type { Me } from "./speech.ts";

export type Identities = {
  /** Asks anew. */
  readonly check: (abort: AbortSignal) => Promise<Identity>;
  /** The answer of the last time, or of now. */
  readonly me: (abort: AbortSignal) => Promise<Me>;
};

export const createIdentities = (api: TelegramApi): Identities => {
  let known: Me | undefined;
  const ask = async (abort: AbortSignal): Promise<Me & { readonly hearsAll: boolean }> => {
    const { id, username, can_read_all_group_messages: hearsAll } = await api.call("getMe", {}, { abort });
    known = { id, username };
    return { id, username, hearsAll };
  };
  return {
    check: async (abort) => {
      const { id, username, hearsAll } = await ask(abort);
      return {
        identity: String(id),
        name: username,
        hearsAll,
        startLink: (payload) => `https://t.me/${username}?start=${encodeURIComponent(payload)}`,
      };
    },
    me: async (abort) => known ?? ask(abort),
  };
};
