/** The channel of the stub platform: webhook and listener, edit previews, choices. What every real channel has to do, in small. */
import { timingSafeEqual } from "node:crypto";
import type { Channel } from "../../../src/channels/channel.ts";
import { Fault } from "../../../src/errors.ts";
import type { FileRef, Inbound, InboundKind, Part, Sent } from "../../../src/message.ts";
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
  readonly username?: string;
  readonly title?: string;
  readonly files?: readonly FileRef[];
} & Pick<
  Partial<Inbound>,
  | "within"
  | "about"
  | "choice"
  | "pressId"
  | "reaction"
  | "membership"
  | "attachments"
  | "quoted"
  | "forwardedFrom"
  | "album"
>;

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
  readonly limits?: Partial<Channel["limits"]>;
  /** Where outgoing files lie; without it none can be sent. */
  readonly openFile?: (file: FileRef) => Promise<Blob>;
};

const isRight = (given: string, expected: string): boolean => {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
};

const parse = (update: StubUpdate): Inbound => {
  const { id, chat, from, text, kind, group, addressed, sentAt, username, title, files, ...more } = update;
  return {
    keys: [`update:${id}`],
    kind: kind ?? "message",
    to: { chat, reply: more.about ?? id },
    chatKind: group ? "group" : "direct",
    ...(title === undefined ? {} : { chatTitle: title }),
    sender: { id: from, name: from, ...(username === undefined ? {} : { username }) },
    text,
    files: files ?? [],
    addressed: addressed ?? true,
    sentAt: sentAt ?? Date.now(),
    ...more,
  };
};

/** What the platform's answer says about the send. */
const translate = async (response: Response): Promise<Sent> => {
  if (response.ok) return (await response.json()) as Sent;
  if (response.status === 429) {
    const { retryAfterMs } = (await response.json()) as { retryAfterMs: number };
    throw new Fault("send_limited", { retryAfterMs });
  }
  if (response.status === 409) {
    const { movedTo } = (await response.json()) as { movedTo: string };
    throw new Fault("send_moved", { movedTo });
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
    fileBytes: options.openFile ? 100_000 : 0,
    editSpacingMs: 20,
    choices: options.choices ?? { max: 3, labelMax: 20 },
    idempotentMs: options.idempotentMs ?? 0,
    copyWhenLost: options.copyWhenLost ?? true,
    typingMs: 0,
    previewMs: 0,
    pace: { bot: pace, direct: pace, group: pace },
    ...options.limits,
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
      const texts = cut(plain(reply.aside ? `(thinks) ${reply.text}` : reply.text), limits);
      const parts = texts.map(({ text }, index): Part => {
        const last = index === texts.length - 1;
        return last && reply.choices ? { text, choices: reply.choices } : { text };
      });
      return [...parts, ...(reply.files ?? []).map((file): Part => ({ text: "", file }))];
    },
    send: async (to, part, { sendKey, replaces, abort }) => {
      const { text, choices, file } = part;
      const blob = file && (await options.openFile?.(file));
      const bytes = blob && Buffer.from(await blob.arrayBuffer()).toString("base64");
      const sent = file && { name: file.name, mime: file.mime, bytes };
      return translate(await post("/send", { chat: to.chat, text, choices, file: sent, sendKey, replaces }, abort));
    },
    receive: async (request) => {
      if (!isRight(request.headers.get("x-stub-secret") ?? "", secret)) throw new Fault("unauthorized");
      const update = (await request.json()) as StubUpdate | { handshake: string };
      if ("handshake" in update) return { events: [], receipts: [], response: new Response(update.handshake) };
      return { events: [parse(update)], receipts: [], response: new Response("ok") };
    },
    preview: async (to, { text, activity }, { previous, abort }) =>
      translate(
        await post("/preview", { chat: to.chat, text, activity, sendKey: "preview", replaces: previous }, abort),
      ),
    typing: async (to, abort) => {
      await post("/typing", { chat: to.chat }, abort);
    },
    react: async (to, id, emoji, abort) => {
      await post("/react", { chat: to.chat, id, emoji }, abort);
    },
    download: (file, abort) => call(`${root}/files/${encodeURIComponent(file.id)}`, { signal: abort }),
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
