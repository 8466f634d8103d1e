/**
 * `bun run demo:telegram`: a whole lettabox and the double of Telegram, and people who use them, told in the terminal. It
 * needs no token and no network, and ends by itself.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Shown } from "./judging.ts";
import { startTelegram, type Telegram } from "./server.ts";
import { transcript } from "./transcript.ts";

const root = join(import.meta.dir, "../../..");
const patienceMs = 60_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A heading, as a director would say it. */
const scene = (text: string): void => say(`\n\u001B[1m${text}\u001B[0m\n`);

const within = async (what: string, done: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It did not come to pass: ${what}`)), patienceMs);
  await Promise.race([done, late.promise]).finally(() => clearTimeout(timer));
};

type Server = {
  /** The code of the claim link that it printed. */
  readonly claimCode: string;
  stop(): Promise<number>;
};

/** `lettabox serve` with nothing but a token, in a folder of its own. */
const startLettabox = async (telegram: Telegram, folder: string): Promise<Server> => {
  const server = Bun.spawn([process.execPath, join(root, "src/main.ts"), "serve"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      PORT: "0",
      LOG_LEVEL: "warn",
      TELEGRAM_BOT_TOKEN: telegram.bot().token,
      TELEGRAM_API_ROOT: telegram.url,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const decoder = new TextDecoder();
  let welcome = "";
  for await (const bytes of server.stdout) {
    welcome += decoder.decode(bytes, { stream: true });
    if (welcome.includes("\ncurl ")) break;
  }
  say(welcome.trimEnd());
  const claimCode = /\?start=([\w-]+)/.exec(welcome)?.[1];
  if (claimCode === undefined) throw new Error("lettabox printed no claim link.");
  return {
    claimCode,
    stop: () => {
      server.kill("SIGTERM");
      return server.exited;
    },
  };
};

/** Shows what is new in a chat once it is as it should be. Answers the last message. */
const createTeller = (telegram: Telegram) => {
  const told = new Map<number, number>();
  return async (chat: number, holds: (messages: readonly Shown[]) => boolean): Promise<Shown | undefined> => {
    const standing = () => telegram.messages(chat).filter(({ isDraft }) => !isDraft);
    await within(
      `what chat ${chat} should show`,
      telegram.until(() => holds(standing())),
    );
    const messages = standing();
    const fresh = messages.slice(told.get(chat) ?? 0);
    told.set(chat, messages.length);
    if (fresh.length > 0) say(transcript(fresh));
    return messages.at(-1);
  };
};

/** The bot has said this. */
const hears =
  (words: RegExp) =>
  (messages: readonly Shown[]): boolean =>
    messages.some(({ isBot, text }) => isBot && words.test(text));

/** Something of the bot stands behind the last words of people. */
const answered = (messages: readonly Shown[]): boolean => messages.at(-1)?.isBot === true;

const play = async (telegram: Telegram, server: Server): Promise<void> => {
  const tell = createTeller(telegram);
  const ada = telegram.addPerson({ name: "Ada" });
  const bob = telegram.addPerson({ name: "Bob" });

  scene("Ada opens the claim link: she becomes the operator.");
  telegram.say({ from: ada, text: `/start ${server.claimCode}` });
  await tell(ada, answered);

  scene("She says something; the words arrive while they are written, as a draft.");
  telegram.say({ from: ada, text: "demo slow 8 hello" });
  await within(
    "a draft",
    telegram.until(() => telegram.drafts(ada).some(({ text }) => text !== "")),
  );
  say(`(the draft: ${telegram.drafts(ada).at(-1)?.text.trim()}…)`);
  await tell(ada, hears(/hello/));

  scene("Bob is a stranger: he gets a code, and no agent hears of him. Ada is asked.");
  telegram.say({ from: bob, text: "let me in" });
  await tell(bob, answered);
  const asked = await tell(ada, (messages) => messages.at(-1)?.buttons.flat().includes("Approve") ?? false);

  scene("Ada presses Approve.");
  telegram.press({ from: ada, id: asked?.id ?? 0, label: "Approve" });
  const decided = () => telegram.messages(ada).filter(({ id, isEdited }) => id === asked?.id && isEdited);
  await within(
    "the decision in the place of the question",
    telegram.until(() => decided().length > 0),
  );
  say(transcript(decided()));
  await tell(bob, (messages) => messages.filter(({ isBot }) => isBot).length > 1);
  telegram.say({ from: bob, text: "thank you" });
  await tell(bob, hears(/You said: thank you/));

  scene("Ada takes the bot to a group. There it answers who speaks to it.");
  const club = telegram.addGroup({ title: "Club", people: [ada, bob] });
  telegram.addBot({ chat: club, by: ada });
  await tell(club, answered);
  telegram.say({ from: bob, chat: club, text: "nobody is meant" });
  telegram.say({ from: bob, chat: club, text: `@${telegram.bot().username} what do you think?` });
  await tell(club, hears(/what do you think/));
};

const telegram = startTelegram();
const folder = mkdtempSync(join(tmpdir(), "lettabox-demo-"));
let code = 1;
try {
  const server = await startLettabox(telegram, folder);
  try {
    await play(telegram, server);
  } finally {
    code = await server.stop();
  }
  const violations = telegram.violations();
  for (const { method, what } of violations) say(`Telegram complains: ${method}: ${what}`);
  if (violations.length > 0) code = 1;
  scene("That is all. With a token of @BotFather it is the same: docs/telegram.md");
} finally {
  await telegram.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(code);
