/** A chat platform that exists only for tests: it takes sends over HTTP, keeps what it took, and misbehaves on request. */
import type { Choice } from "../../../src/message.ts";

export type TakenPart = {
  readonly chat: string;
  readonly text: string;
  readonly sendKey: string;
  readonly replaces?: string;
  readonly choices?: readonly Choice[];
  /** With its bytes in base64. */
  readonly file?: { readonly name?: string; readonly mime?: string; readonly bytes?: string };
  /** Of a preview: what the agent does. */
  readonly activity?: string;
};

export type Message = TakenPart & { readonly id: string; readonly preview: boolean };

/** What to do with a send: take it; take it and never answer; answer without taking it. */
export type Behaviour =
  "take" | "lose" | "refuse" | "break" | { readonly limitMs: number } | { readonly movedTo: string };

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
  /** Puts a file up for download; answers with `status` where that is no success. */
  offer(id: string, bytes: Uint8Array<ArrayBuffer> | string, status?: number): void;
  /** Downloads that begin from now on are answered after that. */
  holdFiles(until: Promise<void>): void;
  /** Files that were asked for, in order. */
  readonly downloads: () => readonly string[];
  /** Chats in which somebody was seen to type, in order. */
  readonly typed: () => readonly string[];
  /** Emoji that were put on messages or taken from them (null), in order. */
  readonly reactions: () => readonly { readonly id: string; readonly emoji: string | null }[];
  /** Every preview that was shown, in order. */
  readonly previews: () => readonly TakenPart[];
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
  const files = new Map<string, { readonly bytes: Blob; readonly status: number }>();
  const downloads: string[] = [];
  let held: Promise<void> | undefined;
  const typed: string[] = [];
  const reactions: { id: string; emoji: string | null }[] = [];
  const previews: TakenPart[] = [];
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
    if (typeof behaviour === "object" && "movedTo" in behaviour) return json(409, behaviour);
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
      if (pathname === "/preview") {
        const shown = (await request.json()) as TakenPart;
        previews.push(shown);
        return json(200, { id: place(shown, true) });
      }
      if (pathname === "/typing") {
        typed.push(((await request.json()) as { chat: string }).chat);
        return json(200, {});
      }
      if (pathname === "/react") {
        reactions.push((await request.json()) as { id: string; emoji: string | null });
        return json(200, {});
      }
      if (pathname.startsWith("/files/")) {
        const id = decodeURIComponent(pathname.slice("/files/".length));
        downloads.push(id);
        await held;
        const file = files.get(id);
        return new Response(file?.bytes, { status: file?.status ?? 404 });
      }
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
    offer: (id, bytes, status = 200) => void files.set(id, { bytes: new Blob([bytes]), status }),
    holdFiles: (until) => {
      held = until;
    },
    downloads: () => downloads,
    typed: () => typed,
    reactions: () => reactions,
    previews: () => previews,
    administer: (next) => {
      isAdmin = next;
    },
    pressed: () => pressed,
    push: (update) => updates.push(update),
    stop: () => server.stop(true),
  };
};
