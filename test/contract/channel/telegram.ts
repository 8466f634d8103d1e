/** Telegram under the contract: our channel against the strict double of its API. */
import { afterAll } from "bun:test";
import { startTelegram } from "../../support/telegram/server.ts";
import { open, webhookSecret } from "../../telegram/stand.ts";
import type { Subject } from "./suite.ts";

const telegram = startTelegram();
afterAll(() => telegram.stop());

let updates = 0;

const request = (update: object, secret: string | undefined): Request => {
  updates += 1;
  return new Request("http://box/webhooks/telegram", {
    method: "POST",
    body: JSON.stringify({ update_id: updates, ...update }),
    ...(secret === undefined ? {} : { headers: { "x-telegram-bot-api-secret-token": secret } }),
  });
};

const updateOf = ({ id, chat, text }: { readonly id: string; readonly chat: string; readonly text: string }) => ({
  update_id: Number(id),
  message: {
    message_id: Number(id),
    date: Math.floor(Date.now() / 1_000),
    chat: { id: Number(chat), type: "private", first_name: "Ann" },
    from: { id: Number(chat), is_bot: false, first_name: "Ann" },
    text,
  },
});

export const telegramSubject = (): Subject => {
  const ann = telegram.addPerson({ name: "Ann" });
  telegram.say({ from: ann, text: "hello" });
  let gone = false;
  const { channel } = open(telegram, {
    fetch: ((url: string, init?: RequestInit) =>
      // Port 1 of this machine: nobody listens there.
      fetch(gone ? "http://127.0.0.1:1/" : url, init)) as typeof fetch,
  });

  return {
    channel,
    chat: String(ann),
    signed: (message) => request(updateOf(message), webhookSecret),
    forged: (message) =>
      [undefined, "", "derived", `${webhookSecret}!`].map((given) => request(updateOf(message), given)),
    unknown: () => request({ telepathy: { thought: "hm" } }, webhookSecret),
    onSend: (how) => {
      gone = how === "gone";
      telegram.noFaults();
      if (how === "limit") telegram.fault({ kind: "limit", seconds: 1 });
      if (how === "refuse") telegram.fault({ kind: "blocked" });
      if (how === "lose") telegram.fault({ kind: "lost" });
    },
  };
};
