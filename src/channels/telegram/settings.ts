/** The values of the keys that `declare.ts` lists. */
import { Fault } from "../../errors.ts";
import type { KeyValues } from "../declaration.ts";

const value = (keys: KeyValues, name: string): string | undefined => {
  const given = keys[name];
  return given === undefined || typeof given === "string" ? given : given.reveal();
};

export type Settings = {
  readonly token: string;
  readonly webhookSecret?: string;
  readonly apiRoot?: string;
  /** Whether Telegram may fetch images from the net that an agent names. */
  readonly images: boolean;
};

export const settingsOf = (keys: KeyValues): Settings => {
  const token = value(keys, "botToken");
  if (token === undefined) throw new Fault("config_invalid", { message: "The Telegram bot has no token." });
  const webhookSecret = value(keys, "webhookSecret");
  const apiRoot = value(keys, "apiRoot");
  return {
    token,
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(apiRoot === undefined ? {} : { apiRoot }),
    images: value(keys, "remoteImages")?.toLowerCase() === "yes",
  };
};
