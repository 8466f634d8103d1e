/**
 * A whole lettabox on Telegram: the real channel, made from a configuration as users write it, between the double of the
 * platform and a Letta server. What must hold at the end of every story is looked at when it stops.
 */
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApp, type TestApp, tempDir, type TestOptions } from "./app.ts";
import { until } from "./box.ts";
import { filesWith } from "./files-with.ts";
import { startTelegram, type Telegram } from "./telegram/server.ts";
import type { TelegramOptions } from "./telegram/double.ts";
import type { Shown } from "./telegram/judging.ts";
import { startWatchedLetta, type WatchedLetta } from "./watched-letta.ts";

/** How the bot hears of what happens. */
export type Way = "polling" | "webhook";
export const ways: readonly Way[] = ["polling", "webhook"];

export const publicUrl = "https://box.example";
export const webhookSecret = "a-secret-that-nobody-guesses";

/** As long as in earnest: nothing here is about a Letta server that has lost something. */
const patience = { searchMs: 15_000, stuckAfterRefusalMs: 60_000, stuckMs: 300_000 };

export type TelegramBoxOptions = Omit<TestOptions, "bots" | "access" | "dataDir"> & {
  readonly way?: Way;
  /** The configuration file of the bots, after `bots:`; without it, everybody may talk, and all with the same agent. */
  readonly bots?: string;
  readonly telegram?: TelegramOptions;
};

export type TelegramBox = {
  readonly telegram: Telegram;
  readonly letta: WatchedLetta;
  readonly dataDir: string;
  readonly app: () => TestApp;
  readonly until: typeof until;
  /** Stops it and starts another one on the same data. */
  restart(more?: Partial<TelegramBoxOptions>): Promise<void>;
  /** Stops it, does something, and starts it again. */
  whileAway(act: () => unknown, more?: Partial<TelegramBoxOptions>): Promise<void>;
  /** What the bot says in a chat as its members see it now. */
  said(chat: number, bot?: number): readonly Shown[];
  /** Waits for a message of the bot with these words that is no draft. */
  told(chat: number, words: string | RegExp, bot?: number): Promise<Shown>;
  /** Waits until the agent was posted something with these words, and answers the whole post. */
  heard(words: string): Promise<string>;
  /** Waits until the platform has handed over everything, and nothing is under way any more. */
  quiet(): Promise<void>;
  rows<Row = Readonly<Record<string, unknown>>>(sql: string): readonly Row[];
  /** A new claim code of the bot. */
  claim(bot?: string): Promise<string>;
  /** Drafts may be left: what this story is about keeps them from being followed. */
  stop(options?: { readonly mayLeaveDrafts?: boolean }): Promise<void>;
};

const everybody = "{ telegram: { channel: telegram, access: open, shareAgent: true } }";

export const startTelegramBox = async (options: TelegramBoxOptions = {}): Promise<TelegramBox> => {
  const telegram = startTelegram({ hurry: 1_000, ...options.telegram });
  const letta = startWatchedLetta();
  const dataDir = tempDir();
  const logs: (() => string)[] = [];
  let way = options.way ?? "polling";
  let app: TestApp;

  const start = async (more: Partial<TelegramBoxOptions>): Promise<void> => {
    way = more.way ?? way;
    const bots = more.bots ?? options.bots;
    if (bots !== undefined || logs.length === 0) {
      writeFileSync(join(dataDir, "lettabox.yaml"), `bots: ${bots ?? everybody}\n`);
    }
    const { bots: _bots, way: _way, telegram: _telegram, ...rest } = { ...options, ...more };
    app = await startApp({
      ...rest,
      timing: { ...patience, ...rest.timing },
      dataDir,
      env: {
        LETTA_BASE_URL: letta.url,
        TELEGRAM_BOT_TOKEN: telegram.bot().token,
        TELEGRAM_API_ROOT: telegram.url,
        TELEGRAM_WEBHOOK_SECRET: webhookSecret,
        ...(way === "webhook" ? { PUBLIC_URL: publicUrl } : {}),
        ...options.env,
        ...more.env,
      },
    });
    logs.push(app.log);
    telegram.lead(publicUrl, app.url);
  };
  await start({});

  const said = (chat: number, bot?: number): readonly Shown[] =>
    telegram.messages(chat, bot).filter((one) => one.isBot);
  const rows = <Row>(sql: string): readonly Row[] => {
    const db = new Database(join(dataDir, "lettabox.sqlite"), { readonly: true });
    try {
      return db.query<Row, []>(sql).all();
    } finally {
      db.close();
    }
  };

  const quiet = async (): Promise<void> => {
    await telegram.until(() => telegram.pending() === 0);
    const open =
      "SELECT (SELECT count(*) FROM turns WHERE finished_at IS NULL) + (SELECT count(*) FROM outbox WHERE finished_at IS NULL) AS n";
    await until(() => (rows<{ n: number }>(open)[0]?.n === 0 ? true : undefined));
  };

  /** They stand in the configuration and nowhere else. */
  const expectSecretsKept = (): void => {
    const told = [...logs.map((log) => log()), ...letta.asked().map(({ path, body }) => path + body)].join("\n");
    for (const secret of [telegram.bot().token, webhookSecret]) {
      expect(told.includes(secret)).toBe(false);
      expect(filesWith(dataDir, secret).filter((name) => name !== "lettabox.yaml")).toEqual([]);
    }
  };

  return {
    telegram,
    letta,
    dataDir,
    app: () => app,
    until,
    said,
    quiet,
    rows,
    restart: async (more = {}) => {
      await app.stop();
      await start(more);
    },
    whileAway: async (act, more = {}) => {
      await app.stop();
      await act();
      await start(more);
    },
    told: (chat, words, bot) =>
      until(() =>
        said(chat, bot).find(
          ({ isDraft, text }) => !isDraft && (typeof words === "string" ? text.includes(words) : words.test(text)),
        ),
      ),
    heard: (words) => until(() => letta.posts().find((post) => post.includes(words))),
    claim: async (bot) => {
      const body = JSON.stringify(bot === undefined ? {} : { bot });
      const headers = { "content-type": "application/json" };
      const answer = await app.call("/api/v1/claims", { method: "POST", headers, body });
      return ((await answer.json()) as { readonly code: string }).code;
    },
    stop: async ({ mayLeaveDrafts = false } = {}) => {
      await app.stop();
      try {
        expect(telegram.violations()).toEqual([]);
        if (!mayLeaveDrafts) expect(telegram.leftBehind()).toEqual([]);
        expectSecretsKept();
      } finally {
        await telegram.stop();
        await letta.stop();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  };
};
