/** `/webhooks/:bot`: the platform's door. The channel verifies; its 2xx leaves only after the commit. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { readBody } from "./body.ts";
import type { Env, HttpDeps } from "./context.ts";

const maxBytes = 8 * 1024 * 1024;

export const webhook =
  (deps: HttpDeps) =>
  async (c: Context<Env>): Promise<Response> => {
    const bot = deps.bots.bySlug(c.req.param("bot") ?? "");
    if (!bot.channel.receive) throw new Fault("not_found");
    const stopping = deps.stopping();
    if (stopping) throw stopping;
    const raw = c.req.raw;
    const body = raw.method === "GET" ? undefined : Buffer.from(await readBody(raw, maxBytes));
    const request = new Request(raw.url, {
      method: raw.method,
      headers: raw.headers,
      ...(body === undefined ? {} : { body }),
    });
    const { events, response } = await bot.channel.receive(request);
    if (events.length > 0) await deps.inbox.receive(bot, events);
    return response;
  };
