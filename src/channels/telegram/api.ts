/**
 * Calls of the Bot API: grammY's client with our `fetch`. A call ends with Telegram's answer, which may be a rejection,
 * or throws a `Fault` that says what is known. Neither holds the token or a word of what was sent.
 */
import { Api, GrammyError, HttpError, InputFile, type Transformer } from "grammy/web";
import type { ApiMethods, Opts } from "grammy/types";
import { Fault } from "../../errors.ts";
import { faultFromConnection, faultFromRejection, type Rejection, rejectionFrom } from "./faults.ts";

export const publicRoot = "https://api.telegram.org";

export type Method = keyof ApiMethods;
export type Arguments<M extends Method> = Opts<M>;
export type Result<M extends Method> = ReturnType<ApiMethods[M]>;

export type Answer<T> =
  | { readonly result: T; readonly rejection?: undefined }
  | { readonly result?: undefined; readonly rejection: Rejection };

export type CallOptions = { readonly abort: AbortSignal; readonly timeoutMs?: number };

export type TelegramApi = {
  /** Answers what Telegram answered; throws only when it did not. */
  ask<M extends Method>(method: M, args: Arguments<M>, options: CallOptions): Promise<Answer<Result<M>>>;
  /** Throws for a rejection, too. */
  call<M extends Method>(method: M, args: Arguments<M>, options: CallOptions): Promise<Result<M>>;
  /** The bytes behind a `file_path`. */
  fetchFile(path: string, abort: AbortSignal): Promise<Response>;
};

const usualTimeoutMs = 30_000;

/** Takes of grammY's request what `fetch` knows. */
const transport = (call: typeof fetch): typeof fetch =>
  ((url: string, { method, headers, body, signal }: RequestInit) =>
    call(url, { method, headers, body, signal, redirect: "error" } as RequestInit)) as typeof fetch;

/** Those that we call and that grammY gives no arguments, only a signal. */
const argumentless: ReadonlySet<string> = new Set(["getMe", "getWebhookInfo"] satisfies Method[]);

const hasFile = (payload: object): boolean => Object.values(payload).some((value) => value instanceof InputFile);

/**
 * Sends files as a form. grammY's own writes their names without quotes, so that names with spaces, quotes or semicolons
 * are cut, and it sends them in pieces of unknown number, which some proxies refuse.
 */
const uploads =
  (root: string, token: string, call: typeof fetch): Transformer =>
  async (previous, method, payload, signal) => {
    if (!hasFile(payload)) return previous(method, payload, signal);
    const form = new FormData();
    for (const [name, value] of Object.entries(payload)) {
      if (value === undefined) continue;
      if (value instanceof InputFile) {
        const bytes = new Blob([(await value.toRaw()) as Uint8Array<ArrayBuffer>]);
        // In a form they would be written as %22, and nobody writes them back.
        form.append(name, bytes, (value.filename ?? "file").replaceAll('"', "'"));
      } else form.append(name, typeof value === "string" ? value : JSON.stringify(value));
    }
    const response = await call(`${root}/bot${token}/${method}`, {
      method: "POST",
      body: form,
      signal: signal as AbortSignal,
    });
    return (await response.json()) as Awaited<ReturnType<typeof previous>>;
  };

export const createApi = (deps: {
  readonly token: string;
  readonly root: string;
  readonly fetch: typeof fetch;
}): TelegramApi => {
  const { token, root } = deps;
  const fetchSafely = transport(deps.fetch);
  const api = new Api(token, { apiRoot: root, fetch: fetchSafely, sensitiveLogs: false });
  api.config.use(uploads(root, token, fetchSafely));
  const raw = api.raw as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

  const ask = async <M extends Method>(method: M, args: Arguments<M>, options: CallOptions) => {
    const signal = AbortSignal.any([options.abort, AbortSignal.timeout(options.timeoutMs ?? usualTimeoutMs)]);
    try {
      return { result: (await raw[method]?.(...(argumentless.has(method) ? [] : [args]), signal)) as Result<M> };
    } catch (error) {
      if (error instanceof GrammyError) {
        // Something between us and Telegram has answered: nobody knows what Telegram did.
        if (!Number.isInteger(error.error_code)) throw new Fault("send_lost");
        return { rejection: rejectionFrom(error.error_code, error.description, error.parameters) };
      }
      throw faultFromConnection(error instanceof HttpError ? error.error : error);
    }
  };

  return {
    ask,
    call: async (method, args, options) => {
      const { result, rejection } = await ask(method, args, options);
      if (rejection) throw faultFromRejection(rejection);
      return result;
    },
    fetchFile: async (path, abort) => {
      try {
        return await fetchSafely(`${root}/file/bot${token}/${path}`, { signal: abort });
      } catch (error) {
        throw faultFromConnection(error);
      }
    },
  };
};
