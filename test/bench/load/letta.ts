/**
 * A Letta server that only streams, as cheaply as it can, so that what is measured is not it. A message that says
 * `tokens <count> every <ms>` is answered so; any other is answered at once with one word. Each token says when it was
 * made: `@<ms>;`, by the clock that all processes of a machine share.
 */
import { clock } from "./clock.ts";

const agent = "agent-00000000-0000-4000-8000-000000000000";
const common = `"date":"2026-01-01T00:00:00+00:00","name":null`;
const encoder = new TextEncoder();

const ending = encoder.encode(
  `data: {"message_type":"stop_reason","stop_reason":"end_turn"}\n\n` +
    `data: {"message_type":"usage_statistics","completion_tokens":1,"prompt_tokens":1,"total_tokens":2,"step_count":1,"run_ids":null}\n\n` +
    `data: [DONE]\n\n`,
);

/** The frames of one run. */
const createVoice = () => {
  const run = `run-${crypto.randomUUID()}`;
  const step = `step-${crypto.randomUUID()}`;
  const message = crypto.randomUUID();
  const rest = `"sender_id":null,"step_id":"${step}","is_err":null,"seq_id":null,"run_id":"${run}"`;
  const head = `data: {"id":"message-${message}",${common},"message_type":"assistant_message","otid":"${message}",${rest},"content":"`;
  return {
    ping: encoder.encode(
      `data: {"id":"ping-${message}",${common},"message_type":"ping","otid":null,"sender_id":null,"step_id":null,"is_err":null,"seq_id":null,"run_id":"${run}"}\n\n`,
    ),
    token: (text: string) => encoder.encode(`${head}${text}"}\n\n`),
  };
};

const stamp = (): string => `@${clock()};`;

const stream = (count: number, everyMs: number): Response => {
  const voice = createVoice();
  const body = new ReadableStream({
    type: "direct",
    pull: async (sink): Promise<void> => {
      const put = (bytes: Uint8Array): void => {
        sink.write(bytes);
        sink.flush();
      };
      put(voice.ping);
      if (everyMs === 0) sink.write(voice.token(stamp()));
      else {
        // Models do not speak in step: each stream has a beat of its own. Where the server itself was held up, the next
        // token comes at its time all the same: by intervals, what was late once together would be together for ever.
        const { promise, resolve } = Promise.withResolvers<void>();
        const from = clock() + Math.random() * everyMs;
        let said = 0;
        const waitForBeat = (): void => {
          setTimeout(speak, Math.max(0, from + said * everyMs - clock()));
        };
        const speak = (): void => {
          put(voice.token(stamp()));
          said += 1;
          if (said < count) waitForBeat();
          else resolve();
        };
        waitForBeat();
        await promise;
      }
      put(ending);
      sink.end();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
};

let block: object = {};

const wish = /tokens (\d+) every (\d+)/;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch: async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname.endsWith("/messages")) {
      const [, count = "1", everyMs = "0"] = wish.exec(await request.text()) ?? [];
      return stream(Number(count), Number(everyMs));
    }
    if (request.method === "POST" && pathname.startsWith("/v1/conversations")) {
      return Response.json({ id: `conv-${crypto.randomUUID()}`, agent_id: agent });
    }
    if (pathname.startsWith("/v1/blocks")) {
      // A person's block: made at the first message, and looked at once a minute while there are more.
      if (request.method === "POST")
        block = { ...((await request.json()) as object), id: `block-${crypto.randomUUID()}` };
      return Response.json(block);
    }
    if (pathname.startsWith("/v1/agents")) return Response.json([{ id: agent, name: "Bench" }]);
    if (pathname.startsWith("/v1/runs")) return Response.json([]);
    if (pathname.startsWith("/v1/health")) return Response.json({ version: "0.16.7", status: "ok" });
    return Response.json({ detail: "not here" }, { status: 404 });
  },
});
process.stdout.write(`${server.url.origin}\n`);
