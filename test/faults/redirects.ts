/** Redirects to a server that is not the account's: nobody goes there, with the key or without. */
import { expect } from "bun:test";
import { anyServer, type Case } from "../contract/upstream/case.ts";
import { type Stage, unique } from "../contract/upstream/stage.ts";
import { lostAnswer } from "../support/faults/cuts.ts";
import { redirect } from "../support/faults/refusals.ts";
import * as on from "../support/faults/requests.ts";
import { startFaultBox } from "./box.ts";
import { asks } from "./reads.ts";
import { adapterAt, fail, key, send, withProxy } from "./stand.ts";

const statuses = [301, 302, 303, 307, 308] as const;

type Stranger = {
  /** Ways to say where it is. */
  readonly places: readonly string[];
  readonly requests: readonly string[];
};

/** A server that takes whatever comes, and would answer as if it were Letta. */
const withStranger = async (work: (stranger: Stranger) => Promise<void>): Promise<void> => {
  const requests: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      requests.push(`${request.method} ${request.url}`);
      return Response.json([]);
    },
  });
  const { host } = server.url;
  try {
    const places = [`http://${host}/v1/agents/`, `//${host}/v1/agents/`, `http://letta@${host}/v1/agents/`];
    await work({ places, requests });
  } finally {
    await server.stop(true);
  }
};

const single = (status: (typeof statuses)[number]): Case =>
  anyServer(`a request: ${status} to another server is not followed`, (stage) =>
    withStranger(({ places, requests }) =>
      withProxy(stage, async (proxy) => {
        const target = { agent: await stage.agent(), conversation: "default" };
        for (const place of places) {
          proxy.disarm();
          proxy.arm(redirect(status, place), { on: on.anything, times: Number.POSITIVE_INFINITY });
          const upstream = adapterAt(proxy.url);
          const errors = [(await send(upstream, target, "hello")).error];
          for (const ask of Object.values(asks)) errors.push(await fail(() => ask(upstream, { target, run: "run-1" })));
          errors.push(await fail(() => upstream.createConversation(target.agent, new AbortController().signal)));
          for (const error of errors) expect(error).toMatchObject({ code: "letta_refused", verdict: "fail" });
          expect(Bun.inspect(errors)).not.toContain(key);
        }
        expect(requests).toEqual([]);
      }),
    ),
  );

const whole = anyServer("a turn: its post is redirected to another server and fails in words", (stage: Stage) =>
  withStranger(async ({ places, requests }) => {
    const box = await startFaultBox(stage);
    try {
      for (const status of statuses) {
        const [chat, word] = [unique("chat"), unique("word")];
        box.proxy.arm(redirect(status, places[0] ?? ""), { on: on.posts });
        expect(await box.ask(word, chat)).toMatchObject({
          state: "failed",
          errorCode: "letta_refused",
          error: "The address of the Letta server leads to another address.",
          response: "",
        });
        // Who looks for a lost post does not go there either.
        box.proxy.arm(lostAnswer, { on: on.posts });
        box.proxy.arm(redirect(status, places[0] ?? ""), { on: on.runListings, after: on.posts, times: 2 });
        expect(await box.ask(`${word} again`, chat)).toMatchObject({ state: "done", resent: false });
        box.proxy.disarm();
        expect(await box.timesHeard(word)).toBe(1);
      }
      expect(requests).toEqual([]);
      expect(box.log()).not.toContain(key);
    } finally {
      await box.stop();
    }
  }),
);

export const redirects: readonly Case[] = [...statuses.map(single), whole];
