/** What the command line of the kill test says. */
import { parseArgs } from "node:util";
import { type TelegramWay, telegramWays } from "./telegram.ts";

export type Options = {
  readonly kills: number;
  /** Chats that talk through the API; a third as many more talk through the chat platform. */
  readonly chats: number;
  /** Whether lettabox asks Letta for background mode. */
  readonly background: boolean;
  /** Which process is killed: lettabox, or the Letta server behind it. */
  readonly victim: "server" | "demo";
  readonly seed: number;
  /** The chat platform is the double of Telegram, whose updates come this way; otherwise it is the stub platform. */
  readonly telegram?: TelegramWay | undefined;
  /** Telegram takes no rich messages, so that long answers become several messages. */
  readonly plain: boolean;
  /**
   * `chaos`: lettabox with the stub channel, or with Telegram's, from source. `serve`: `lettabox serve` from source. Else the
   * path of a binary.
   */
  readonly program: string;
  /** Leaves data and logs behind, for looking at. */
  readonly keep: boolean;
};

export const usage = `bun test/chaos/run.ts [--kills 20] [--chats 10] [--background] [--victim server|demo]
                      [--telegram polling|webhook [--plain]]
                      [--seed N] [--program chaos|serve|dist/lettabox] [--keep]`;

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} must be a whole number`);
};

/** Throws an `Error` that says what is wrong with the arguments. */
export const readOptions = (args: readonly string[], randomSeed: number): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string", default: "20" },
      chats: { type: "string", default: "10" },
      background: { type: "boolean", default: false },
      victim: { type: "string", default: "server" },
      telegram: { type: "string" },
      plain: { type: "boolean", default: false },
      seed: { type: "string", default: String(randomSeed) },
      program: { type: "string", default: "chaos" },
      keep: { type: "boolean", default: false },
    },
  });
  const { victim, background, plain, program, keep } = values;
  if (victim !== "server" && victim !== "demo") throw new Error("--victim must be server or demo");
  const telegram = telegramWays.find((way) => way === values.telegram);
  if (values.telegram !== undefined && telegram === undefined)
    throw new Error(`--telegram must be ${telegramWays.join(" or ")}`);
  if (plain && telegram === undefined) throw new Error("--plain is about --telegram");
  const kills = wholeNumber("kills", values.kills);
  const chats = wholeNumber("chats", values.chats);
  return { kills, chats, background, victim, seed: wholeNumber("seed", values.seed), telegram, plain, program, keep };
};
