/** `/status`: where the chat stands, and whether everything works. */
import { type AccessMode, modeOf } from "../access/rules.ts";
import { accountById } from "../store/accounts.ts";
import { chosenConversation } from "../store/bindings.ts";
import { settingsOfChat } from "../store/chat-settings.ts";
import { waitingAdmissions, waitingCalls } from "../store/decisions.ts";
import { openMessages } from "../store/lanes.ts";
import { catalogue, isFaultCode } from "../errors.ts";
import { bold } from "./agent-words.ts";
import type { Command, CommandContext } from "./command.ts";
import { agentHere } from "./place.ts";

const conversationWords = ({ store, house, chat }: CommandContext): string => {
  const { account, server } = house;
  const found = chosenConversation(store.db, { chat: chat.id, account, server });
  if (!found) return "Nothing was said here yet.";
  if (found.upstreamId === "default") return "It is the agent's own conversation, which other chats may share.";
  const whose = found.scope?.split(":", 1)[0];
  if (whose === "person") return "The conversation is that of all your direct chats.";
  if (whose === "channel") return "The conversation is that of all chats of this channel.";
  return "The conversation is this chat's own.";
};

const agentWords = async (context: CommandContext): Promise<string> => {
  const agent = await agentHere(context);
  if (!agent) return "There is no agent to talk to yet.";
  return `This chat talks to ${bold(agent.agentName)}, on the account of the operator. ${conversationWords(context)}`;
};

const count = (number: number, one: string, many: string): readonly string[] =>
  number === 0 ? [] : [number === 1 ? one : `${number} ${many}`];

const workWords = ({ store, chat }: CommandContext): string => {
  const { running, waiting } = openMessages(store.db, chat.id);
  const open = [
    ...count(running, "One answer is under way", "answers are under way"),
    ...count(waiting, "one message waits", "messages wait"),
  ];
  return open.length === 0 ? "Nothing waits." : `${open.join(", ")}.`.replace(/^o/, "O");
};

/** What to do about it only operators can. */
const healthWords = ({ house, operates }: CommandContext): string => {
  const problem = house.problem();
  if (!problem) return "Letta works.";
  const advice = operates && problem.hint !== undefined ? ` ${problem.hint}` : "";
  return `Letta does not work right now: ${problem.message}${advice}`;
};

/** Who else may talk to the bot. */
const accessWords: Readonly<Record<AccessMode, string>> = {
  pairing: "Whoever is new here gets a code, and the operator lets them in.",
  allowlist: "Only people whom the operator has named may talk to me.",
  open: "Everybody may talk to me.",
};

const modeWords = ({ store, chat, access }: CommandContext): string => {
  if (chat.kind !== "group") return accessWords[access.access];
  return `The mode of this group is \`${modeOf(settingsOfChat(store.db, chat.id), access.groups.mode)}\`.`;
};

/** What only operators have to know. */
const operatorWords = ({ store, house, bot, now, operates }: CommandContext): readonly string[] => {
  if (!operates) return [];
  const at = now();
  const waiting = waitingCalls(store.db, { bot, at }).length + waitingAdmissions(store.db, { bot, at }).length;
  const account = accountById(store.db, house.account);
  const why = account?.pauseCode ?? "";
  return [
    waiting === 0
      ? "Nothing waits for your decision."
      : `Waiting for your decision: ${waiting} (\`/approve\` lists them).`,
    ...(account?.pausedAt == null
      ? []
      : [`The Letta account stands still: ${isFaultCode(why) ? catalogue[why].text : "it was rejected."}`]),
  ];
};

export const status: Command = {
  name: "status",
  aliases: [],
  summary: "Show where this chat stands and whether everything works",
  usage: "/status",
  takesWords: true,
  who: "anyone",
  when: "at-once",
  needs: "nothing",
  answer: async (context) => ({
    text: [
      await agentWords(context),
      workWords(context),
      healthWords(context),
      modeWords(context),
      ...operatorWords(context),
    ].join("\n\n"),
  }),
};
