/** The double as a server on loopback: bots under `/bot…` and `/file/…`, tests in other processes under `/double/…`. */
import { createTelegram, type Surface, type TelegramOptions } from "./double.ts";
import { serveRemote } from "./remote.ts";

export type Telegram = Surface & {
  /** The root that bots are pointed at. */
  readonly url: string;
  /** Resolves once this holds; looks whenever something happens in the double. */
  until(holds: () => boolean): Promise<void>;
  stop(): Promise<void>;
};

export const startTelegram = (options: TelegramOptions = {}): Telegram => {
  const telegram = createTelegram(options);
  const server = Bun.serve({
    port: options.port ?? 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: 128 * 1024 * 1024,
    fetch: (request) =>
      telegram.serve(request) ??
      serveRemote(telegram.surface, request) ??
      Response.json({ ok: false, error_code: 404, description: "Not Found" }, { status: 404 }),
  });
  return {
    ...telegram.surface,
    url: server.url.origin,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          try {
            if (!holds()) return;
            resolve();
          } catch (cause) {
            reject(cause instanceof Error ? cause : new Error(String(cause)));
          }
          forget();
        };
        const forget = telegram.changed(look);
        look();
      }),
    stop: async () => {
      telegram.stop();
      await server.stop(true);
    },
  };
};
