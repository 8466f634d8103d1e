/** The channel of the stub platform: webhook and listener, edit previews, choices. What every real channel has to do, in small. */
import { timingSafeEqual } from "node:crypto";
import type { Channel } from "../../../src/channels/channel.ts";
import { Fault } from "../../../src/errors.ts";
import type { Inbound, InboundKind, Membership, Part, Sent } from "../../../src/message.ts";
import { cut } from "../../../src/render/cut.ts";
import { plain } from "../../../src/render/styled.ts";

export type StubUpdate = {
  readonly id: string;
  readonly chat: string;
  readonly from: string;
  readonly text: string;
  readonly kind?: InboundKind;
  readonly group?: boolean;
  readonly addressed?: boolean;
  readonly sentAt?: number;
  /** For kind `press`: the id of the choice, the message that has it, and the name of the press. */
  readonly choice?: string;
  readonly about?: string;
  readonly pressId?: string;
  readonly username?: string;
  readonly title?: string;
  readonly membership?: Membership;
};

export type StubOptions = {
  readonly root: string;
  readonly secret: string;
  readonly identity?: string;
  readonly copyWhenLost?: boolean;
  readonly idempotentMs?: number;
  readonly listens?: boolean;
  readonly textMax?: number;
  readonly choices?: { readonly max: number; readonly labelMax: number };
  /** Whether it has links that send a word to the bot. */
  readonly links?: boolean;
  readonly fetch?: typeof fetch;
};

const isRight = (given: string, expected: string): boolean => {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
};

const parse = (update: StubUpdate): Inbound => ({
  keys: [`update:${update.id}`],
  kind: update.kind ?? "message",
  to: { chat: update.chat, reply: update.id },
  chatKind: update.group ? "group" : "direct",
  sender: {
    id: update.from,
    name: update.from,
    ...(update.username === undefined ? {} : { username: update.username }),
  },
  ...(update.title === undefined ? {} : { chatTitle: update.title }),
  ...(update.membership === undefined ? {} : { membership: update.membership }),
  text: update.text,
  files: [],
  addressed: update.addressed ?? true,
  sentAt: update.sentAt ?? Date.now(),
  ...(update.choice === undefined ? {} : { choice: update.choice }),
  ...(update.about === undefined ? {} : { about: update.about }),
  ...(update.pressId === undefined ? {} : { pressId: update.pressId }),
});

/** What the platform's answer says about the send. */
const translate = async (response: Response): Promise<Sent> => {
  if (response.ok) return (await response.json()) as Sent;
  if (response.status === 429) {
    const { retryAfterMs } = (await response.json()) as { retryAfterMs: number };
    throw new Fault("send_limited", { retryAfterMs });
  }
  if (response.status === 504) throw new Fault("send_lost");
  if (response.status >= 500) throw new Fault("send_unreachable");
  throw new Fault("send_refused");
};

/** As fast as it goes. */
const pace = { burst: 1_000, everyMs: 1 };

export const createStubChannel = (options: StubOptions): Channel => {
  const { root, secret, fetch: call = fetch } = options;
  const limits = {
    text: options.textMax ?? 200,
    unit: "utf16",
    fileBytes: 1_000,
    editSpacingMs: 20,
    choices: options.choices ?? { max: 3, labelMax: 20 },
    idempotentMs: options.idempotentMs ?? 0,
    copyWhenLost: options.copyWhenLost ?? true,
    typingMs: 0,
    previewMs: 0,
    pace: { bot: pace, direct: pace, group: pace },
  } as const;

  const post = async (path: string, body: unknown, abort: AbortSignal): Promise<Response> => {
    try {
      return await call(`${root}${path}`, { method: "POST", body: JSON.stringify(body), signal: abort });
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      // Bun's own word for it, and the system's.
      const refused = code === "ConnectionRefused" || code === "ECONNREFUSED";
      throw new Fault(refused ? "send_unreachable" : "send_lost", { cause });
    }
  };

  const channel: Channel = {
    limits,
    render: (reply) => {
      const texts = cut(plain(reply.text), limits);
      return texts.map(({ text }, index): Part => {
        const last = index === texts.length - 1;
        return last && reply.choices ? { text, choices: reply.choices } : { text };
      });
    },
    send: async (to, part, { sendKey, replaces, abort }) =>
      translate(
        await post("/send", { chat: to.chat, text: part.text, choices: part.choices, sendKey, replaces }, abort),
      ),
    receive: async (request) => {
      if (!isRight(request.headers.get("x-stub-secret") ?? "", secret)) throw new Fault("unauthorized");
      const update = (await request.json()) as StubUpdate | { handshake: string };
      if ("handshake" in update) return { events: [], receipts: [], response: new Response(update.handshake) };
      return { events: [parse(update)], receipts: [], response: new Response("ok") };
    },
    preview: async (to, { text }, { previous, abort }) =>
      translate(await post("/preview", { chat: to.chat, text, sendKey: "preview", replaces: previous }, abort)),
    remove: async (_to, id, abort) => {
      await post("/remove", { id }, abort);
    },
    answerPress: async (_to, id, word, abort) => {
      await post("/press", { id, word }, abort);
    },
    isAdmin: async (to, person, abort) => {
      const answer = await post("/admin", { chat: to.chat, person }, abort);
      if (!answer.ok) throw new Fault("send_unreachable");
      return ((await answer.json()) as { admin: boolean }).admin;
    },
    check: () =>
      Promise.resolve({
        identity: options.identity ?? "stub-1",
        name: "Stub",
        ...(options.links ? { startLink: (payload: string) => `${root}/start?payload=${payload}` } : {}),
      }),
  };
  if (!options.listens) return channel;
  return {
    ...channel,
    listen: async ({ accept, cursor, abort }) => {
      let at = cursor ?? "0";
      while (!abort.aborted) {
        const response = await call(`${root}/updates?cursor=${at}`);
        const page = (await response.json()) as { updates: StubUpdate[]; cursor: number };
        if (page.updates.length === 0) {
          await Bun.sleep(5);
          continue;
        }
        await accept(page.updates.map(parse), { cursor: String(page.cursor) });
        at = String(page.cursor);
      }
    },
  };
};
