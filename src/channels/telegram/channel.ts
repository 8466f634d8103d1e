/** The Telegram channel: one bot of the Bot API. */
import type { Channel, ChannelDeps, Received } from "../channel.ts";
import type { KeyValues } from "../declaration.ts";
import { Fault } from "../../errors.ts";
import { messageOf, placeOf, targetOf } from "./address.ts";
import { createApi, publicRoot } from "./api.ts";
import { createDownload } from "./download.ts";
import { faultFromRejection } from "./faults.ts";
import { createIdentities } from "./identity.ts";
import { limits } from "./limits.ts";
import { installMenus } from "./menu.ts";
import { isUpdate, type Numbered, parse } from "./parse.ts";
import { createPoll } from "./poll.ts";
import { createPreview } from "./preview.ts";
import { createQuirks } from "./quirks.ts";
import { reactionOf } from "./reactions.ts";
import { render } from "./render.ts";
import { createSend } from "./send.ts";
import { settingsOf } from "./settings.ts";
import { foldName } from "./speech.ts";
import { verify } from "./verify.ts";
import { createWebhook, removeWebhook } from "./webhook.ts";

const identityTimeoutMs = 5_000;
/** Longest text that is shown to whoever pressed a button. */
const wordMax = 200;

const isHere = (address: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);

/** Telegram calls over https only. What stands in for it on this machine may call this machine without. */
const isCallable = (url: string, root: string): boolean => url.startsWith("https:") || (isHere(url) && isHere(root));

const bodyOf = async (request: Request): Promise<Numbered> => {
  // What is no JSON is refused below, in words of ours: the parser's quote what was sent.
  const body: unknown = await request.json().catch(() => undefined);
  if (!isUpdate(body)) throw new Fault("bad_request", { message: "This is no update of Telegram." });
  return body;
};

export const createTelegram = (deps: ChannelDeps<KeyValues>): Channel => {
  const { log, now, webhookUrl } = deps;
  const { token, apiRoot = publicRoot, webhookSecret, images } = settingsOf(deps.config);
  const secret = webhookSecret ?? deps.secretFor("webhook");
  const api = createApi({ token, root: apiRoot, fetch: deps.fetch });
  const { check, me } = createIdentities(api);
  const quirks = createQuirks();

  const names = new Set(deps.commands.flatMap(({ name, aliases }) => [name, ...aliases].map(foldName)));
  const read = async (update: Numbered, abort: AbortSignal) =>
    parse(update, { ...(await me(abort)), commands: names }, now());
  const poll = createPoll({ api, log, read });
  const webhook =
    webhookUrl !== undefined && isCallable(webhookUrl, apiRoot)
      ? createWebhook({ api, url: webhookUrl, secret, log })
      : undefined;
  /** Whether Telegram took the webhook's address; until it has, updates are fetched. */
  let isCalled = false;

  return {
    limits,
    render: (reply) => render(reply, { images }),
    send: createSend({ api, openFile: deps.openFile, quirks }),
    preview: createPreview({ api, quirks, now }),
    download: createDownload(api),
    check,

    receive: async (request): Promise<Received> => {
      verify(request, secret);
      const event = await read(await bodyOf(request), AbortSignal.timeout(identityTimeoutMs));
      return { events: [event], receipts: [], response: new Response(null, { status: 200 }) };
    },

    install: async (abort) => {
      const rejection = await webhook?.install(abort);
      // A limit or an outage says nothing of the address.
      if (rejection && rejection.status !== 400) throw faultFromRejection(rejection);
      isCalled = webhook !== undefined && rejection === undefined;
      if (rejection) log.warn("telegram.webhook-refused", { fault: faultFromRejection(rejection) });
      if (!isCalled) await removeWebhook(api, abort);
      // Whoever knows the commands can type them: a menu keeps nobody from being heard.
      await installMenus(api, deps.commands, abort).catch((fault: unknown) =>
        log.warn("telegram.menu-failed", { fault }),
      );
    },

    listen: (listening) => (isCalled && webhook ? webhook.watch(listening.abort) : poll(listening)),

    typing: async (to, abort) => {
      await api.call("sendChatAction", { ...targetOf(placeOf(to)), action: "typing" }, { abort });
    },

    react: async (to, messageId, emoji, abort) => {
      // One that Telegram does not take is none: the last one would say what is no longer so.
      const reaction = emoji === null ? undefined : reactionOf(emoji);
      await api.call(
        "setMessageReaction",
        {
          chat_id: placeOf(to).chat,
          message_id: messageOf(messageId),
          reaction: reaction === undefined ? [] : [{ type: "emoji", emoji: reaction }],
        },
        { abort },
      );
    },

    answerPress: async (_to, pressId, word, abort) => {
      const text = word === undefined ? {} : { text: word.slice(0, wordMax) };
      const { rejection } = await api.ask("answerCallbackQuery", { callback_query_id: pressId, ...text }, { abort });
      // Whoever pressed does not wait any more: nobody is left to be told.
      if (rejection && rejection.status !== 400) throw faultFromRejection(rejection);
    },

    isAdmin: async (to, senderId, abort) => {
      const { chat } = placeOf(to);
      // An administrator who speaks as the group.
      if (senderId === String(chat)) return true;
      if (!/^\d+$/.test(senderId)) return false;
      const member = await api.call("getChatMember", { chat_id: chat, user_id: Number(senderId) }, { abort });
      return member.status === "creator" || member.status === "administrator";
    },

    leave: async (to, abort) => {
      await api.call("leaveChat", { chat_id: placeOf(to).chat }, { abort });
    },

    remove: async (to, messageId, abort) => {
      // Drafts go by themselves.
      if (!/^\d+$/.test(messageId)) return;
      const message = { chat_id: placeOf(to).chat, message_id: messageOf(messageId) };
      const { rejection } = await api.ask("deleteMessage", message, { abort });
      if (rejection && rejection.status !== 400) throw faultFromRejection(rejection);
    },
  };
};
