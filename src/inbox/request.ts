/** A request of the API as an event. */
import type { Image } from "../message.ts";
import type { Agent } from "../store/accounts.ts";
import type { Addressee } from "../store/bindings.ts";
import type { NewEvent, Told, TurnRequest } from "../store/inbox.ts";

export type ApiRequest = {
  readonly tokenId: number;
  readonly text: string;
  readonly images?: readonly Image[];
  readonly agent: Agent;
  /** Part of the chat's key behind the token's; undefined is the token's own chat. */
  readonly chat: string | undefined;
  /** Which of the chat's branches; each is a chat of its own. Undefined is the chat itself. */
  readonly branch?: string | undefined;
  readonly conversation: TurnRequest["conversation"];
  readonly idempotencyKey: string | undefined;
  /** Hash of everything the request says. */
  readonly bodyHash: string;
  /** What the caller calls whoever speaks. */
  readonly speaker?: string | undefined;
  readonly told?: Told;
};

/** `api:7`, `api:7/notes`; their branches `api:7~b/notes`, which no name can pretend to be. */
export const apiChatKey = (tokenId: number, chat: string | undefined, branch?: string): string =>
  `api:${tokenId}${branch === undefined ? "" : `~${branch}`}${chat === undefined ? "" : `/${chat}`}`;

/** The branch in such a key; undefined is the chat itself. */
export const branchOf = (key: string): string | undefined => /^api:\d+~([^/]+)/.exec(key)?.[1];

/** `key` names the request where its caller does not; without either, two equal requests are two messages. */
export const requestEvent = (
  request: ApiRequest,
  about: {
    readonly at: number;
    readonly botId: number;
    readonly key: string;
    readonly publicId: string;
    readonly account: Pick<Addressee, "accountId" | "server">;
  },
): NewEvent => {
  const { tokenId, chat, branch, text, images = [], speaker, told, bodyHash, idempotencyKey } = request;
  const { agentId, name: agentName } = request.agent;
  const { at, botId, key, publicId, account } = about;
  const addressee: Addressee = { ...account, agentId, agentName, conversation: request.conversation };
  return {
    at,
    botId,
    keys: [idempotencyKey === undefined ? `request:${key}` : `caller:${tokenId}:${idempotencyKey}`],
    bodyHash,
    chat: { key: apiChatKey(tokenId, chat, branch), kind: "api", tokenId },
    kind: "message",
    sentAt: at,
    payload: {
      text,
      files: [],
      ...(images.length === 0 ? {} : { images }),
      ...(speaker === undefined ? {} : { sender: { id: speaker, name: speaker } }),
      ...(told && Object.keys(told).length > 0 ? { told } : {}),
    },
    turn: { ...addressee, publicId, trigger: "api", merges: false, dueAt: at },
  };
};
