/** The bots' side over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
import { type Fault, type Faults, refusalOf } from "./faults.ts";
import { type Journal, type Logged, withoutSecrets } from "./journal.ts";
import type { Call } from "./methods/call.ts";
import { perform } from "./methods/methods.ts";
import { check, isMethodName, type MethodName } from "./parameters.ts";
import { bodyOf, isRefusal, type Refusal, refusal } from "./refusal.ts";
import { type Read, readRequest } from "./request.ts";
import type { Bot, World } from "./world.ts";

export type Api = { readonly world: World; readonly faults: Faults; readonly journal: Journal };

/** The connection ends without an answer. */
const cutOff = (): Response => new Response(new ReadableStream({ start: (controller) => controller.error(undefined) }));

const answer = (refused: Refusal): Response => Response.json(bodyOf(refused), { status: refused.code });

const page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";

const chatIn = ({ chat_id: chat }: Readonly<Record<string, unknown>>): number | undefined =>
  typeof chat === "number" || (typeof chat === "string" && /^-?\d+$/u.test(chat)) ? Number(chat) : undefined;

/** Nothing is said of a bot whose token is not even shaped like one. */
const findBot = ({ world }: Api, token: string): Bot | Refusal => {
  if (!/^\d+:[\w-]+$/u.test(token)) return refusal(404, "Not Found", "request");
  return world.bots.find((bot) => bot.token === token) ?? refusal(401, "Unauthorized", "request");
};

const checkArguments = ({ journal }: Api, method: MethodName, { args, uploads }: Read) => {
  const { args: checked, unknown, problems } = check(method, args);
  for (const name of unknown) journal.complain(method, `unknown parameter ${name}`);
  if (checked === undefined) throw refusal(400, problems.join("; "), "request");
  const parts = JSON.stringify(args);
  const loose = [...uploads.keys()].filter((name) => !(name in args) && !parts.includes(`attach://${name}`));
  for (const name of loose) journal.complain(method, `nothing refers to the file ${name}`);
  return checked;
};

const wait = (world: World, ms: number): Promise<void> =>
  ms <= 0
    ? Promise.resolve()
    : new Promise((resolve) => {
        world.clock.at(world.clock.now() + ms, resolve);
      });

const succeed = (logged: Logged, result: unknown): Response => {
  logged.status = 200;
  return Response.json({ ok: true, result });
};

type Exchange = { readonly api: Api; readonly call: Call; readonly logged: Logged; readonly read: Read };

const refuse = ({ api, logged }: Exchange, refused: Refusal): Response => {
  logged.status = refused.code;
  logged.description = refused.message;
  const { method, chat } = logged;
  api.journal.refuse({ method, chat, code: refused.code, description: refused.message, blame: refused.blame });
  return answer(refused);
};

/** What a fault does instead of the method. */
const strike = (exchange: Exchange, fault: Fault): Response | undefined => {
  const { api, logged } = exchange;
  logged.fault = fault.kind;
  if (fault.kind === "cut") return cutOff();
  if (fault.kind === "gateway") {
    logged.status = 502;
    return new Response(page, { status: 502, headers: { "content-type": "text/html" } });
  }
  api.faults.limit(fault, logged.bot, logged.chat);
  const refused = refusalOf(fault);
  return refused && refuse(exchange, refused);
};

const perpetual: readonly string[] = ["getUpdates", "getMe", "getWebhookInfo", "setWebhook", "deleteWebhook"];

const run = async (exchange: Exchange): Promise<Response> => {
  const { api, call, logged, read } = exchange;
  const { method, chat, bot } = logged;
  if (!isMethodName(method)) throw refusal(404, "Not Found", "request");
  const args = checkArguments(api, method, read);
  const early = perpetual.includes(method) ? undefined : api.faults.early(bot, chat);
  if (early) {
    logged.early = true;
    throw early;
  }
  const { fault, slowMs } = api.faults.choose(method, chat, args);
  const instead = fault && strike(exchange, fault);
  if (instead) {
    await wait(api.world, slowMs);
    return instead;
  }
  const result = await perform(call, method, args);
  logged.wasDone = true;
  await wait(api.world, slowMs);
  return fault?.kind === "lost" ? cutOff() : succeed(logged, result);
};

const takeCall = async (api: Api, request: Request, bot: Bot, method: string): Promise<Response> => {
  let read: Read;
  try {
    read = await readRequest(request, isMethodName(method) ? method : undefined);
  } catch (cause) {
    // A body that broke off is not even a request.
    if (!isRefusal(cause)) return cutOff();
    api.journal.refuse({ method, chat: undefined, code: cause.code, description: cause.message, blame: cause.blame });
    return answer(cause);
  }
  const logged = api.journal.enter({
    bot: bot.user.id,
    method,
    chat: chatIn(read.args),
    args: withoutSecrets(read.args, bot.token),
    files: [...read.uploads.values()].map(({ name, mime, bytes }) => ({ name, mime, size: bytes.length })),
  });
  const call = { world: api.world, bot, method, uploads: read.uploads, gone: request.signal };
  const exchange = { api, call, logged, read };
  api.world.changed();
  try {
    return await run(exchange);
  } catch (cause) {
    if (isRefusal(cause)) return refuse(exchange, cause);
    throw cause;
  } finally {
    api.world.changed();
  }
};

const takeDownload = async (api: Api, bot: Bot, path: string): Promise<Response> => {
  const logged = api.journal.enter({
    bot: bot.user.id,
    method: "download",
    chat: undefined,
    args: { path },
    files: [],
  });
  const { fault, slowMs } = api.faults.choose("download", undefined, {});
  await wait(api.world, slowMs);
  if (fault?.kind === "cut" || fault?.kind === "lost") {
    logged.fault = fault.kind;
    return cutOff();
  }
  const refused = fault && refusalOf(fault);
  const file = api.world.files.at(path);
  if (refused || !file) {
    logged.status = refused?.code ?? 404;
    return answer(refused ?? refusal(404, "Not Found", "world"));
  }
  logged.status = 200;
  logged.wasDone = true;
  return new Response(file.bytes.slice(), { headers: { "content-type": "application/octet-stream" } });
};

/** Answers what is addressed to a bot; nothing for any other path. */
export const serveBots = (api: Api, request: Request): Promise<Response> | undefined => {
  const found = /^\/(file\/)?bot([^/]+)\/(.+)$/u.exec(new URL(request.url).pathname);
  if (!found) return undefined;
  const [, isFile, token = "", rest = ""] = found;
  const bot = findBot(api, decodeURIComponent(token));
  if (isRefusal(bot)) {
    const { code, message: description, blame } = bot;
    api.journal.refuse({ method: isFile ? "download" : rest, chat: undefined, code, description, blame });
    return Promise.resolve(answer(bot));
  }
  return isFile ? takeDownload(api, bot, rest) : takeCall(api, request, bot, rest);
};
