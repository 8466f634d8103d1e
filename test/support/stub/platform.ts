/** A chat platform that exists only for tests: it takes sends over HTTP, keeps what it took, and misbehaves on request. */
import type { Choice } from "../../../src/message.ts";

export type TakenPart = {
  readonly chat: string;
  readonly text: string;
  readonly sendKey: string;
  readonly replaces?: string;
  readonly choices?: readonly Choice[];
};

export type Message = TakenPart & { readonly id: string; readonly preview: boolean };

/** What to do with a send: take it; take it and never answer; answer without taking it. */
export type Behaviour = "take" | "lose" | "refuse" | "break" | { readonly limitMs: number };

export type StubPlatform = {
  readonly url: string;
  /** Every message as it stands in the chats now, oldest first. */
  readonly messages: () => readonly Message[];
  /** Every part that was taken, copies and all, oldest first. */
  readonly taken: () => readonly TakenPart[];
  /** Decides each send, which waits for the decision; by default they are taken. */
  behave(decide: (part: TakenPart) => Behaviour | Promise<Behaviour>): void;
  /** How long the answer to a send is held back, after it was decided; at once by default. */
  linger(chooseMs: () => number): void;
  /** Whom the platform calls an administrator, asked each time. By default nobody. */
  administer(decide: (chat: string, person: string) => boolean | "broken"): void;
  /** What was said to whoever pressed a button, by the name of the press. */
  readonly pressed: () => readonly { readonly id: string; readonly word?: string }[];
  /** Something to be fetched by a listener. */
  push(update: unknown): void;
  stop(): Promise<void>;
};

const json = (status: number, body: unknown): Response => Response.json(body, { status });

const takeAll = (): Behaviour => "take";
const nobody = (): boolean => false;

export const startStubPlatform = (port = 0): StubPlatform => {
  const messages = new Map<string, Message>();
  const taken: TakenPart[] = [];
  const updates: unknown[] = [];
  let decide: (part: TakenPart) => Behaviour | Promise<Behaviour> = takeAll;
  let chooseMs: (() => number) | undefined;
  let isAdmin: (chat: string, person: string) => boolean | "broken" = nobody;
  const pressed: { id: string; word?: string }[] = [];
  let lastId = 0;

  const place = (part: TakenPart, preview: boolean): string => {
    const id = part.replaces ?? `m${(lastId += 1)}`;
    messages.set(id, { ...part, id, preview });
    return id;
  };

  const send = async (part: TakenPart): Promise<Response> => {
    const behaviour = await decide(part);
    if (behaviour === "refuse") return json(403, { error: "blocked" });
    if (behaviour === "break") return json(500, { error: "broken" });
    if (typeof behaviour === "object") return json(429, { retryAfterMs: behaviour.limitMs });
    taken.push(part);
    const id = place(part, false);
    return behaviour === "lose" ? json(504, { error: "the answer was lost" }) : json(200, { id });
  };

  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/send") {
        const answer = await send((await request.json()) as TakenPart);
        if (chooseMs) await Bun.sleep(chooseMs());
        return answer;
      }
      if (pathname === "/preview") return json(200, { id: place((await request.json()) as TakenPart, true) });
      if (pathname === "/remove") {
        messages.delete(((await request.json()) as { id: string }).id);
        return json(200, {});
      }
      if (pathname === "/press") {
        pressed.push((await request.json()) as { id: string; word?: string });
        return json(200, {});
      }
      if (pathname === "/admin") {
        const { chat, person } = (await request.json()) as { chat: string; person: string };
        const admin = isAdmin(chat, person);
        return admin === "broken" ? json(500, {}) : json(200, { admin });
      }
      if (pathname === "/messages") return json(200, [...messages.values()]);
      if (pathname === "/taken") return json(200, taken);
      if (pathname === "/updates") {
        const from = Number(searchParams.get("cursor") ?? 0);
        return json(200, { updates: updates.slice(from, from + 10), cursor: Math.min(from + 10, updates.length) });
      }
      return json(404, {});
    },
  });

  return {
    url: server.url.origin,
    messages: () => [...messages.values()],
    taken: () => taken,
    behave: (next) => {
      decide = next;
    },
    linger: (choose) => {
      chooseMs = choose;
    },
    administer: (next) => {
      isAdmin = next;
    },
    pressed: () => pressed,
    push: (update) => updates.push(update),
    stop: () => server.stop(true),
  };
};
