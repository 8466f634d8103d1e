/** Listings of messages: orders, cursors, and what is in them. */
import { expect } from "bun:test";
import { isAtWork, met } from "./at-work.ts";
import { anyServer, type Case } from "./case.ts";
import { listed, listedTypes } from "./history-rows.ts";
import { type Stage, unique } from "./stage.ts";
import { type Message, openTurn, runOf, take } from "./turn.ts";

const textsOf = (messages: readonly Message[]): readonly string[] =>
  messages.filter(({ message_type }) => message_type !== "system_message").map(({ content }) => String(content));

/** An agent whose conversation holds a, Echo: a, b, Echo: b, c, Echo: c behind its prompt. */
const spoken = async (stage: Stage, real: boolean) => {
  const agent = await stage.agent();
  const conversation = real ? await stage.conversation(agent) : "default";
  for (const text of ["a", "b", "c"]) await take(stage, { agent, conversation, text });
  const path = real ? `/v1/conversations/${conversation}/messages` : `/v1/agents/${agent}/messages`;
  const list = async (query: string): Promise<readonly Message[]> =>
    (await stage.call("GET", `${path}?${query}`)).body as readonly Message[];
  return { agent, conversation, list };
};

const all = ["a", "Echo: a", "b", "Echo: b", "c", "Echo: c"];

export const history: readonly Case[] = [
  anyServer("begins with the compiled prompt, then who said what, each with its run", async (stage) => {
    const agent = await stage.agent();
    const run = runOf(await take(stage, { agent, text: "a" }));
    const [prompt, mine, reply] = await listed(stage, agent);
    expect(prompt).toMatchObject({ message_type: "system_message", run_id: null, otid: null });
    expect(mine).toMatchObject({ message_type: "user_message", content: "a", run_id: run });
    expect(reply).toMatchObject({ message_type: "assistant_message", content: "Echo: a", run_id: run });
  }),

  anyServer("agents route: newest N by default, but told oldest first", async (stage) => {
    const { list } = await spoken(stage, false);
    expect(textsOf(await list("limit=4"))).toEqual(all.slice(2));
    expect(textsOf(await list("limit=4&order=asc"))).toEqual(all.slice(0, 3));
  }),

  anyServer("conversations route: newest first by default", async (stage) => {
    const { list } = await spoken(stage, true);
    expect(textsOf(await list("limit=4"))).toEqual(all.toReversed().slice(0, 4));
    expect(textsOf(await list("order=asc&limit=4"))).toEqual(all.slice(0, 3));
  }),

  anyServer(
    "cursors are absolute on both routes: before is older, after is newer, whatever the order",
    async (stage) => {
      for (const real of [false, true]) {
        const { list } = await spoken(stage, real);
        const rows = await list("order=asc");
        const middle = rows.find(({ content }) => content === "b")?.["id"];
        for (const order of ["asc", "desc"]) {
          const older = textsOf(await list(`order=${order}&before=${String(middle)}`));
          const newer = textsOf(await list(`order=${order}&after=${String(middle)}`));
          expect([...older].toSorted()).toEqual(["Echo: a", "a"]);
          expect([...newer].toSorted()).toEqual(["Echo: b", "Echo: c", "c"]);
        }
      }
    },
  ),

  anyServer(
    "trap 17: auto-paging in the default order loses messages on both routes; ascending with after finds all",
    async (stage) => {
      const direct = await spoken(stage, false);
      const real = await spoken(stage, true);
      const page = async (order: "asc" | "desc" | undefined) => {
        const query = { limit: 2, ...(order === undefined ? {} : { order }) };
        const found: string[][] = [[], []];
        for await (const message of stage.sdk.agents.messages.list(direct.agent, query)) found[0]?.push(message.id);
        for await (const message of stage.sdk.conversations.messages.list(real.conversation, query))
          found[1]?.push(message.id);
        return found.map((ids) => new Set(ids).size);
      };
      for (const count of await page(undefined)) expect(count).toBeLessThan(7);
      expect(await page("asc")).toEqual([7, 7]);
    },
  ),

  anyServer("a bad cursor is 404 on the agents route and no cursor on the other", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    const cursor = "after=message-00000000-0000-4000-8000-00000000abcd";
    expect((await stage.call("GET", `/v1/agents/${agent}/messages?${cursor}`)).status).toBe(404);
    const listing = await stage.call("GET", `/v1/conversations/${conversation}/messages?${cursor}`);
    expect([listing.status, listing.body]).toMatchObject([200, [{ message_type: "system_message" }]]);
  }),

  anyServer("without a conversation the agents route lists all conversations of the agent", async (stage) => {
    const agent = await stage.agent();
    const conversation = await stage.conversation(agent);
    await take(stage, { agent, text: "here" });
    await take(stage, { agent, conversation, text: "there" });
    const texts = async (query: string) =>
      textsOf((await stage.call("GET", `/v1/agents/${agent}/messages?order=asc${query}`)).body as readonly Message[]);
    expect(await texts("")).toEqual(["here", "Echo: here", "there", "Echo: there"]);
    expect(await texts("&conversation_id=default")).toEqual(["here", "Echo: here"]);
    expect(await texts(`&conversation_id=${conversation}`)).toEqual(["there", "Echo: there"]);
  }),

  anyServer("one row may be several messages; limit counts rows and type filters come after it", async (stage) => {
    const agent = await stage.agent();
    await take(stage, { agent, text: 'SAY CALL:conversation_search {"query":"zzz"}' });
    expect(await listedTypes(stage, agent)).toEqual([
      "system_message",
      "user_message",
      "assistant_message",
      "tool_call_message",
      "tool_return_message",
      "assistant_message",
    ]);
    const list = async (query: string) =>
      ((await stage.call("GET", `/v1/agents/${agent}/messages?${query}`)).body as readonly Message[]).map(
        ({ message_type }) => message_type,
      );
    expect(await list("order=asc&limit=3")).toEqual([
      "system_message",
      "user_message",
      "assistant_message",
      "tool_call_message",
    ]);
    const only = "include_return_message_types=tool_call_message";
    expect(await list(`order=asc&limit=2&${only}`)).toEqual([]);
    expect(await list(`order=asc&limit=3&${only}`)).toEqual(["tool_call_message"]);
  }),

  anyServer("trap 23: a user message cannot be read while its run works", async (stage) => {
    const { run, during } = await met(async () => {
      const agent = await stage.agent();
      const stream = await openTurn(stage, { agent, text: "PACE:0.2 a b c" });
      const id = String((await stream.nextOf("assistant_message"))["run_id"]);
      const seen = [(await stage.sdk.runs.messages.list(id)).items, await listedTypes(stage, agent)];
      const inTime = await isAtWork(stage, id);
      await stream.heard();
      return inTime ? { run: id, during: seen } : undefined;
    });
    expect(during).toEqual([[], ["system_message"]]);
    expect((await stage.sdk.runs.messages.list(run)).items.map(({ message_type }) => message_type)).toEqual([
      "user_message",
      "assistant_message",
    ]);
  }),

  anyServer("trap 27: conversation_search of one conversation returns another's text", async (stage) => {
    const agent = await stage.agent();
    const secret = unique("secret");
    await take(stage, { agent, conversation: await stage.conversation(agent), text: `I keep ${secret} here` });
    const turn = await take(stage, {
      agent,
      conversation: await stage.conversation(agent),
      text: `CALL:conversation_search {"query":"keep ${secret}"}`,
      tokens: false,
    });
    expect(JSON.stringify(turn.messages.find(({ message_type }) => message_type === "tool_return_message"))).toContain(
      `I keep ${secret} here`,
    );
  }),

  anyServer("what is not there is an empty list, or 404 for an agent", async (stage) => {
    const missing = "00000000-0000-4000-8000-00000000abcd";
    expect((await stage.call("GET", `/v1/agents/agent-${missing}/messages`)).status).toBe(404);
    expect((await stage.call("GET", `/v1/agents/nonsense/messages`)).status).toBe(422);
    expect(await stage.call("GET", `/v1/conversations/conv-${missing}/messages`)).toEqual({ status: 200, body: [] });
  }),
];
