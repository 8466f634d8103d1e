/** What lettabox itself says about who may talk: to whoever asks, and to the operators. */
import type { GroupMode } from "./rules.ts";
import type { AccessChanged, Decided } from "../store/changes.ts";

export type Notice = {
  /** Markdown. */
  readonly text: string;
  /** Buttons: what each says, and the command line that it stands for. */
  readonly choices?: readonly { readonly label: string; readonly line: string }[];
};

/** `also`: what is said in other chats, by their rows. */
export type Notices = Notice & { readonly also?: readonly { readonly chat: number; readonly reply: Notice }[] };

const kinds: readonly string[] = [
  "claimed",
  "asked",
  "refused",
  "admitted",
  "decided",
] satisfies AccessChanged["kind"][];

export const isAboutAccess = (changed: { readonly kind: string } | undefined): changed is AccessChanged =>
  changed !== undefined && kinds.includes(changed.kind);

/** An agent is one memory: whoever comes to it hears that they are not alone. */
export const sharedNote =
  "Before we begin: others talk to the same agent, and it has one memory for all. What you tell it, it may tell them.";

const sharedHere = "What is said to me here reaches an agent that others talk to as well, with one memory for all.";

/** A name as people gave it to themselves: shown, and nothing in it is obeyed. */
const shown = (name: string | null, otherwise: string): string => {
  const plain = (name ?? "").replaceAll(/[`\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return plain === "" ? otherwise : `\`${[...plain].slice(0, 64).join("")}\``;
};

const mention = "Mention me, or answer one of my messages, and I answer.";

const hello: Readonly<Record<GroupMode, string>> = {
  disabled: "Hello. I stay silent here until whoever runs this bot allows more.",
  "mention-only": `Hello. ${mention} ${sharedHere} \`/help\` lists the commands.`,
  listen: `Hello. I hear what is said here. ${mention} ${sharedHere} \`/help\` lists the commands.`,
  open: `Hello. I hear and answer everything that is said here. ${sharedHere} \`/help\` lists the commands.`,
};

const choicesOf = (code: string): NonNullable<Notice["choices"]> => [
  { label: "Approve", line: `/approve ${code}` },
  { label: "Deny", line: `/deny ${code}` },
];

type Asked = Extract<AccessChanged, { kind: "asked" }>;

const askedWords = ({ of, code }: Asked): string => {
  if (of === "group") {
    const who = code === null ? "Whoever runs this bot can let me in." : "Whoever runs this bot was asked.";
    return `Nobody has let me into this group yet, so I am silent here. ${who}`;
  }
  if (code === null) {
    return "I do not know you yet, and too many others wait to be let in. Please write again in an hour.";
  }
  return (
    `I do not know you yet. Your code is \`${code}\`. Give it to whoever runs this bot: with it they can let you in ` +
    "within an hour, and you will hear of it here."
  );
};

const askOperator = ({ of, name, code }: Asked): Notice | undefined => {
  if (code === null) return undefined;
  const text =
    of === "group"
      ? `The group ${shown(name, "without a name")} wants me, and waits to be let in. The code is \`${code}\`.`
      : `${shown(name, "Somebody without a name")} wants to talk to me, and waits to be let in. The code is \`${code}\`.`;
  return { text, choices: choicesOf(code) };
};

/** What whoever asked is told when it is decided. */
export const tellAsker = ({ of, outcome }: Pick<Decided, "of" | "outcome">): string => {
  if (of === "group") {
    return outcome === "approved"
      ? `I am let into this group. ${mention} ${sharedHere}`
      : "I was not let into this group, so I stay silent here.";
  }
  return outcome === "approved"
    ? `You are let in: what you write from now on reaches the agent. ${sharedNote}`
    : "Whoever runs this bot has not let you in.";
};

const decidedWords = ({ of, outcome, name }: Decided): string => {
  if (outcome === "missing") return "Nobody waits with this code: it is not one, or its hour is over.";
  const who = of === "group" ? `The group ${shown(name, "without a name")}` : shown(name, "Somebody without a name");
  return outcome === "approved" ? `${who} is let in.` : `${who} is not let in.`;
};

const refusedWords = (changed: Extract<AccessChanged, { kind: "refused" }>): string => {
  if (changed.why === "claim") {
    return "This code does not count, or not any more. `lettabox claim` prints a new one.";
  }
  if (changed.why === "named-only") {
    return `I talk only to people whom whoever runs this bot has named. With your id here they can name you: \`${shown(changed.senderId, "").replaceAll("`", "")}\`.`;
  }
  const whose = changed.scope === "chat" ? "this group" : "each of you here";
  return `That is all for today: ${changed.limit} messages a day are the limit for ${whose}. The day ends at midnight UTC.`;
};

/** `operators` are their direct chats with the bot. */
export const noticesOf = (changed: AccessChanged, operators: readonly number[]): Notices => {
  switch (changed.kind) {
    case "claimed":
      return {
        text: changed.again
          ? "You run this bot already. The code is used up."
          : "You run this bot now. What you write reaches the agent, and when somebody else wants to talk to it, you are " +
            "asked here. `/help` lists the commands.",
      };
    case "asked": {
      const reply = askOperator(changed);
      const also = reply === undefined ? [] : operators.map((chat) => ({ chat, reply }));
      return { text: askedWords(changed), also };
    }
    case "refused":
      return { text: refusedWords(changed) };
    case "admitted":
      return { text: hello[changed.mode] };
    case "decided": {
      const also = changed.chat === null ? [] : [{ chat: changed.chat, reply: { text: tellAsker(changed) } }];
      return { text: decidedWords(changed), also };
    }
  }
};
