import { Letta } from "@letta-ai/letta-client";
import { Fault } from "../errors.ts";
import { faultFrom } from "./faults.ts";
import type { Limits } from "./limits.ts";
import type { Purpose } from "./rejection.ts";
import { createTransport, type TransportOptions } from "./transport.ts";

/** The SDK without retries, logging, key or environment: `transport` adds the headers, and no default is left to read. */
export const createClient = (server: string, options: TransportOptions): Letta =>
  new Letta({
    baseURL: server,
    apiKey: null,
    maxRetries: 0,
    timeout: options.limits.silenceMs,
    logLevel: "off",
    fetch: createTransport(options),
  });

/**
 * A signal that follows `abort` for one request. The SDK never removes its listeners, so a signal that lives as long as
 * the process would collect one per request.
 */
export const linkAbort = (abort: AbortSignal) => {
  const controller = new AbortController();
  const follow = () => controller.abort();
  if (abort.aborted) follow();
  abort.addEventListener("abort", follow, { once: true });
  return { signal: controller.signal, release: () => abort.removeEventListener("abort", follow) };
};

/** What an aborted request throws: the reason of the abort if that is a fault, else what a cut connection means. */
export const faultFromAbort = (abort: AbortSignal, purpose: Purpose): Fault =>
  abort.reason instanceof Fault ? abort.reason : faultFrom(new Fault("letta_cut"), purpose);

export type Call = <T>(
  purpose: Purpose,
  abort: AbortSignal,
  request: (client: Letta, options: { readonly signal: AbortSignal }) => PromiseLike<T>,
  rescue?: (error: unknown) => T,
) => Promise<T>;

/** Makes one request; `rescue` may answer for an error or throw; what it throws, and all else, becomes a `Fault`. */
export const createCall =
  (client: Letta): Call =>
  async (purpose, abort, request, rescue) => {
    const link = linkAbort(abort);
    try {
      return await request(client, { signal: link.signal });
    } catch (error) {
      if (abort.aborted) throw faultFromAbort(abort, purpose);
      try {
        if (rescue) return rescue(error);
      } catch (rescued) {
        throw faultFrom(rescued, purpose);
      }
      throw faultFrom(error, purpose);
    } finally {
      link.release();
    }
  };

/** Throws `letta_refused`: a 2xx answer that no Letta server gives. */
export const refuseAnswer = (): never => {
  throw new Fault("letta_refused", {
    message: "What answers there is no Letta server.",
    hint: "Check the base URL of the Letta server.",
  });
};

/** A 2xx answer as a list. Throws `letta_refused`. */
export const asList = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer : refuseAnswer());

/** Reads the pages of one listing that is held until it is whole. Throws `letta_too_much` beyond `bytes` in all. */
export const createPageReader = (bytes: number) => {
  let left = bytes;
  return async (response: Response): Promise<readonly unknown[]> => {
    const body = await response.arrayBuffer();
    left -= body.byteLength;
    if (left < 0) throw new Fault("letta_too_much");
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return asList(isJson ? JSON.parse(new TextDecoder().decode(body)) : undefined);
  };
};

/**
 * All items of a paged listing. `fetchPage` gets the last item seen; the listing ends with a page that brings nothing
 * new, which also ends it on a server that ignores cursors. Throws `letta_too_much` beyond `limits.pages`.
 */
export const collectPages = async <T>(
  limits: Pick<Limits, "pages">,
  idOf: (item: T) => string,
  fetchPage: (last: T | undefined) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  const seen = new Set<string>();
  const items: T[] = [];
  for (let page = 0; ; page++) {
    const fresh = (await fetchPage(items.at(-1))).filter((item) => !seen.has(idOf(item)));
    if (fresh.length === 0) return items;
    if (page >= limits.pages) throw new Fault("letta_too_much", { message: "Letta lists more than can be read." });
    for (const item of fresh) {
      seen.add(idOf(item));
      items.push(item);
    }
  }
};
