/**
 * A door in front of a Letta server. It sees every post of messages and every event of its answer, and holds the one a
 * test lies in wait for until the test lets go. All other requests pass.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A moment of a post: before the server has it (`post`), and before each event of the answer passes. */
export type Step = {
  /** `post`, `refused`, an event's `message_type`, or `[DONE]`. */
  readonly kind: string;
  /** Which one of its kind in this answer, from 1. */
  readonly nth: number;
  /** Which post it belongs to, from 1 since `forget`. */
  readonly post: number;
  /** The conversation it goes to: `default` or an id. */
  readonly conversation: string;
  /** The body of that post, and the event as it is on the wire. */
  readonly body: string;
  readonly event: string;
};

/** A step that waits; it passes only when it is told to, and never when its client is gone. */
export type Held = { readonly step: Step; readonly pass: () => void; readonly isGone: () => boolean };

/** A post that the server took, with what it says and the names of its messages. */
export type Taken = { readonly body: string };

export type LettaProxy = {
  readonly url: string;
  /**
   * The next step that `is` matches is held; resolves when it has come. While it is `audible`, bytes that say nothing
   * pass as often as a server's pings do: a client gives up a connection that is silent for long.
   */
  hold(is: (step: Step) => boolean, audible?: boolean): Promise<Held>;
  /** Counts posts from 1 again, and lies in wait for nothing any more. */
  forget(): void;
  /** Posts that the server answered with a stream, since the beginning. */
  readonly taken: () => readonly Taken[];
  /** Refuses connections and breaks those that are open, like a server that is not there. */
  down(): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
};

const readAll = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Server-sent events as they are on the wire, each with the empty line that ends it. */
async function* eventsOf(answer: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of answer.body ?? []) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) yield `${event}\n\n`;
  }
  if (rest !== "") yield rest;
}

const kindOf = (event: string): string =>
  event.includes("data: [DONE]") ? "[DONE]" : (/"message_type":\s*"(\w+)"/.exec(event)?.[1] ?? "");

/** Resolves when the bytes are out, or a kill would reach the other side before them. */
const write = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => response.write(text, () => resolve()));

const pingMs = 20_000;

export const startLettaProxy = async (target: string): Promise<LettaProxy> => {
  const traps: {
    readonly is: (step: Step) => boolean;
    readonly audible: boolean;
    readonly spring: (held: Held) => void;
  }[] = [];
  const taken: Taken[] = [];
  let posts = 0;

  /** Lets a step pass at once, or when its test says so; rejects when the client goes away first. */
  const pass = async (step: Step, response: ServerResponse, gone: Promise<never>): Promise<void> => {
    const index = traps.findIndex(({ is }) => is(step));
    const [trap] = index < 0 ? [] : traps.splice(index, 1);
    if (!trap) return;
    const released = Promise.withResolvers<void>();
    let isGone = false;
    gone.catch(() => (isGone = true));
    trap.spring({ step, pass: released.resolve, isGone: () => isGone });
    const pings = setInterval(() => {
      if (trap.audible && response.headersSent) response.write(": held\n\n");
    }, pingMs);
    try {
      await Promise.race([released.promise, gone]);
    } finally {
      clearInterval(pings);
    }
  };

  const relayPost = async (
    conversation: string,
    body: string,
    ask: () => Promise<Response>,
    response: ServerResponse,
    gone: Promise<never>,
  ): Promise<void> => {
    const post = (posts += 1);
    const counts = new Map<string, number>();
    const step = (kind: string, event: string): Step => {
      const nth = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, nth);
      return { kind, nth, post, conversation, body, event };
    };
    await pass(step("post", ""), response, gone);
    const answer = await ask();
    const type = answer.headers.get("content-type") ?? "";
    const streams = answer.ok && type.includes("event-stream");
    if (streams) taken.push({ body });
    else await pass(step("refused", ""), response, gone);
    response.writeHead(answer.status, { "content-type": type });
    response.flushHeaders();
    if (!streams) return void response.end(await answer.text());
    for await (const event of eventsOf(answer)) {
      await pass(step(kindOf(event), event), response, gone);
      await write(response, event);
    }
    response.end();
  };

  const server = createServer(async (request, response) => {
    const leaving = new AbortController();
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => undefined);
    response.on("close", () => {
      leaving.abort();
      gone.reject(new Error("the client is gone"));
    });
    const { method = "GET", url = "/" } = request;
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    try {
      const body = method === "GET" ? undefined : await readAll(request);
      const ask = (): Promise<Response> =>
        fetch(target + url, {
          method,
          headers: headers as Record<string, string>,
          redirect: "manual",
          signal: leaving.signal,
          timeout: false,
          ...(body === undefined ? {} : { body }),
        } as RequestInit);
      const [, conversation] = /^\/v1\/conversations\/([^/]+)\/messages$/.exec(new URL(url, target).pathname) ?? [];
      if (method === "POST" && conversation !== undefined) {
        return await relayPost(conversation, body ?? "", ask, response, gone.promise);
      }
      const answer = await ask();
      const location = answer.headers.get("location");
      response.writeHead(answer.status, {
        "content-type": answer.headers.get("content-type") ?? "application/json",
        ...(location === null ? {} : { location: location.replace(target, "") }),
      });
      for await (const bytes of answer.body ?? []) response.write(bytes);
      response.end();
    } catch {
      // The server broke off, or the client went away: so does the other side.
      response.destroy();
    }
  });

  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hold: (is, audible = false) => new Promise((spring) => traps.push({ is, audible, spring })),
    forget: () => {
      posts = 0;
      traps.length = 0;
    },
    taken: () => taken,
    down,
    up: () => listen(port),
    stop: down,
  };
};
