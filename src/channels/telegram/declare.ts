/** What Telegram asks of the configuration. */
import type { ChannelDeclaration } from "../declaration.ts";

export const telegram: ChannelDeclaration = {
  keys: {
    botToken: {
      env: "TELEGRAM_BOT_TOKEN",
      kind: "secret",
      about: "token of the Telegram bot, as @BotFather gives it",
      shape: {
        pattern: /^\d{3,20}:[\w-]{10,100}$/,
        mustBe: "must be a bot's token as @BotFather gives it, like 123456789:ABC…",
      },
    },
    webhookSecret: {
      env: "TELEGRAM_WEBHOOK_SECRET",
      kind: "secret",
      about: "what Telegram proves itself with when it calls the webhook; generated when absent",
      shape: {
        pattern: /^[\w-]{16,256}$/,
        mustBe: "must be 16 to 256 of the characters A-Z, a-z, 0-9, _ and -; leave it out to have one generated",
      },
    },
    apiRoot: {
      env: "TELEGRAM_API_ROOT",
      kind: "apiRoot",
      about: "where the Telegram Bot API is, if not at api.telegram.org",
      example: "https://telegram.example.org",
    },
    remoteImages: {
      env: "TELEGRAM_REMOTE_IMAGES",
      kind: "text",
      about: "whether Telegram may fetch images that an agent's answer names from the net: yes or no (the default)",
      shape: { pattern: /^(yes|no)$/i, mustBe: "must be yes or no" },
      example: "no",
    },
  },
  validSets: [["botToken"]],
};
