/** The methods by name. */
import type { Arguments, MethodName } from "../parameters.ts";
import type { Call } from "./call.ts";
import * as chats from "./chats.ts";
import * as drafts from "./drafts.ts";
import * as media from "./media.ts";
import * as messages from "./messages.ts";
import * as updates from "./updates.ts";

type Methods = { readonly [M in MethodName]: (call: Call, args: Arguments<M>) => unknown };

const methods: Methods = {
  getMe: updates.getMe,
  getUpdates: updates.getUpdates,
  setWebhook: updates.setWebhook,
  deleteWebhook: updates.deleteWebhook,
  getWebhookInfo: updates.getWebhookInfo,
  sendMessage: messages.sendMessage,
  sendRichMessage: messages.sendRichMessage,
  sendMessageDraft: drafts.sendMessageDraft,
  sendRichMessageDraft: drafts.sendRichMessageDraft,
  sendChatAction: chats.sendChatAction,
  sendPhoto: media.sendPhoto,
  sendDocument: media.sendDocument,
  sendVoice: media.sendVoice,
  sendAudio: media.sendAudio,
  sendMediaGroup: media.sendMediaGroup,
  editMessageText: messages.editMessageText,
  editMessageCaption: messages.editMessageCaption,
  editMessageReplyMarkup: messages.editMessageReplyMarkup,
  deleteMessage: messages.deleteMessage,
  deleteMessages: messages.deleteMessages,
  answerCallbackQuery: messages.answerCallbackQuery,
  setMessageReaction: messages.setMessageReaction,
  setMyCommands: chats.setMyCommands,
  getMyCommands: chats.getMyCommands,
  deleteMyCommands: chats.deleteMyCommands,
  getFile: media.getFile,
  getChat: chats.getChat,
  getChatMember: chats.getChatMember,
  getChatAdministrators: chats.getChatAdministrators,
  leaveChat: chats.leaveChat,
};

/** The arguments were checked against the method's table. */
export const perform = (call: Call, name: MethodName, args: Readonly<Record<string, unknown>>): unknown =>
  (methods[name] as (call: Call, args: unknown) => unknown)(call, args);
