/** How requests reach a Letta server: headers, redirects, bounds. */
import { VERSION } from "@letta-ai/letta-client/version";
import { Fault } from "../errors.ts";
import { boundAnswer } from "./bounds.ts";
import type { Limits } from "./limits.ts";

export type TransportOptions = {
  readonly apiKey: string | undefined;
  readonly projectId: string | undefined;
  readonly fetch: typeof fetch;
  readonly limits: Limits;
};

const mostRedirects = 3;

/**
 * All headers of a request, made here and not by the SDK: it would add whatever the environment names in
 * LETTA_CUSTOM_HEADERS, an Authorization included. The server takes a client for a current one by the version header.
 */
const headersOf = (init: RequestInit | undefined, { apiKey, projectId }: TransportOptions): Headers => {
  const headers = new Headers({
    accept: "application/json",
    // Compression makes proxies collect a stream before they pass it on.
    "accept-encoding": "identity",
    "user-agent": "lettabox",
    "x-stainless-package-version": VERSION,
  });
  // A form names its own type, with the boundary between its fields.
  const hasText = init?.body !== undefined && init.body !== null && !(init.body instanceof FormData);
  if (hasText) headers.set("content-type", "application/json");
  if (apiKey !== undefined) {
    // `Headers` would refuse it too, but with the key in its words.
    if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new Fault("letta_rejected");
    headers.set("authorization", `Bearer ${apiKey}`);
  }
  if (projectId !== undefined) headers.set("x-project-id", projectId);
  return headers;
};

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/** Where a redirect leads, if the same request may go there: the same origin, and not a POST turned into a GET. */
const follow = (response: Response, from: URL, method: string): URL | undefined => {
  const to = URL.parse(response.headers.get("location") ?? "", from.href);
  const keepsMethod = method === "GET" || response.status === 307 || response.status === 308;
  return to && to.origin === from.origin && keepsMethod ? to : undefined;
};

/** A stream of events is bounded where it is read. */
const bound = (response: Response, limits: Limits): Response => {
  const streams = response.ok && response.headers.get("content-type")?.includes("text/event-stream");
  return response.body && !streams ? new Response(boundAnswer(response.body, limits), response) : response;
};

/**
 * The `fetch` under the SDK: bounds every answer, names the key to the server's own origin only, and takes nothing from
 * the environment. Throws `letta_refused` for a redirect that it does not follow; it proves that nothing was done.
 */
export const createTransport =
  (options: TransportOptions) =>
  async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const headers = headersOf(init, options);
    const method = init?.method ?? "GET";
    // A POST on a pooled connection that the server just closed is reset, and nobody knows whether it was read. Bun
    // gives up on byte-less answers after some minutes; `readEvents` keeps the time here.
    const ours = { headers, redirect: "manual", keepalive: method === "GET", timeout: false } as const;
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hop = 0; ; hop++) {
      const response = await options.fetch(url, { ...init, ...ours });
      if (!isRedirect(response.status)) return bound(response, options.limits);
      const next = hop < mostRedirects ? follow(response, url, method) : undefined;
      await response.body?.cancel();
      if (!next)
        throw new Fault("letta_refused", {
          message: "The address of the Letta server leads to another address.",
          hint: "Set the base URL to the final address of the server.",
        });
      url = next;
    }
  };
