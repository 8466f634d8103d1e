/** Two posts at once: what is locked, and what is lost. */
import { expect } from "bun:test";
import { isAtWork, met } from "./at-work.ts";
import { anyServer, type Case, withoutRedis, withRedis } from "./case.ts";
import { listed } from "./history-rows.ts";
import { type Answer, type Stage, unique } from "./stage.ts";
import { openStream, openTurn, runOf, stopOf, take, textOf, type Turn, user } from "./turn.ts";

/** Whether what an agent was told in `word` is in the context of its next turn. */
const remembers = async (stage: Stage, agent: string, conversation: string, words: readonly string[]) => {
  const next = unique("next");
  await take(stage, { agent, conversation, text: next });
  const context = JSON.stringify((await stage.asked(next))[0]?.messages);
  return words.map((word) => context.includes(word));
};

const slow = (word: string) => `PACE:0.15 ${word} a b c d e f`;

/** A turn on the agents route. */
const streamed = (word: string) => ({ messages: [user(slow(word))], streaming: true, stream_tokens: true });

/** A post to a conversation whose turn is at work. What was taken only after that turn was over says nothing. */
const beside = <Begun extends Turn, Answered extends Answer>(
  stage: Stage,
  begin: () => Begun | Promise<Begun>,
  post: (turn: Begun) => Promise<Answered>,
) =>
  met(async () => {
    const turn = await begin();
    const stream = await openTurn(stage, turn);
    const run_id = String((await stream.nextOf("assistant_message"))["run_id"]);
    const second = await post(turn);
    const isLate = second.status === 200 && !(await isAtWork(stage, run_id));
    await stream.heard();
    return isLate ? undefined : { turn, run_id, second };
  });

export const busy: readonly Case[] = [
  anyServer(
    "trap 3: the agents route never locks; of two turns at once both are stored and one leaves the context",
    async (stage) => {
      const words = [unique("first"), unique("second")] as const;
      const agent = await met(async () => {
        const made = await stage.agent();
        const path = `/v1/agents/${made}/messages`;
        const first = await openStream(stage, path, streamed(words[0]));
        const run = String((await first.nextOf("assistant_message"))["run_id"]);
        const second = await openStream(stage, path, streamed(words[1]));
        await second.nextOf("assistant_message");
        const inTime = await isAtWork(stage, run);
        await Promise.all([first.heard(), second.heard()]);
        expect([first.status, second.status]).toEqual([200, 200]);
        return inTime ? made : undefined;
      });
      const stored = JSON.stringify(await listed(stage, agent));
      for (const word of words) expect(stored).toContain(word);
      expect((await remembers(stage, agent, "default", words)).filter(Boolean)).toHaveLength(1);
    },
  ),

  withoutRedis(
    "trap 4: without Redis a busy conversation takes a second message",
    "with Redis it is 409",
    async (stage) => {
      const agent = await stage.agent();
      const conversation = await stage.conversation(agent);
      const stream = await openTurn(stage, { agent, conversation, text: slow("first") });
      await stream.nextOf("assistant_message");
      expect(stopOf(await take(stage, { agent, conversation, text: "beside" }))).toBe("end_turn");
      expect(stopOf(await stream.heard())).toBe("end_turn");
    },
  ),

  withRedis(
    "trap 4: a busy conversation refuses a second stream with 409 and the run it works on",
    "without Redis nothing is locked",
    async (stage) => {
      const agent = await stage.agent();
      for (const conversation of ["default", await stage.conversation(agent)]) {
        const { run_id, second } = await beside(
          stage,
          () => ({ agent, conversation, text: slow("first") }),
          () => take(stage, { agent, conversation, text: "beside" }),
        );
        expect([second.status, second.body]).toMatchObject([
          409,
          { run_id, detail: expect.stringContaining("is currently being processed for this conversation") },
        ]);
        expect(stopOf(await take(stage, { agent, conversation, text: "after" }))).toBe("end_turn");
      }
    },
  ),

  withRedis(
    "trap 4: a JSON post is refused in the default conversation and slips into any other",
    "without Redis nothing is locked",
    async (stage) => {
      const agent = await stage.agent();
      const real = await stage.conversation(agent);
      const post = (conversation: string) =>
        stage.call("POST", `/v1/conversations/${conversation}/messages`, {
          agent_id: agent,
          input: "beside",
          streaming: false,
        });
      const { second } = await beside(
        stage,
        () => ({ agent, text: slow("first") }),
        () => post("default"),
      );
      expect(second.status).toBe(409);
      const stream = await openTurn(stage, { agent, conversation: real, text: slow("first") });
      await stream.nextOf("assistant_message");
      expect((await post(real)).status).toBe(200);
      await stream.heard();
    },
  ),

  withRedis(
    "the agents route is not locked while the default conversation works",
    "without Redis nothing is locked",
    async (stage) => {
      const agent = await stage.agent();
      const stream = await openTurn(stage, { agent, text: slow("first") });
      await stream.nextOf("assistant_message");
      expect((await stage.call("POST", `/v1/agents/${agent}/messages`, { input: "beside" })).status).toBe(200);
      await stream.heard();
    },
  ),

  anyServer("conversations of one agent work side by side", async (stage) => {
    const agent = await stage.agent();
    const both = [await stage.conversation(agent), await stage.conversation(agent)];
    const turns = await Promise.all(both.map((conversation) => take(stage, { agent, conversation, text: slow("x") })));
    expect(turns.map(stopOf)).toEqual(["end_turn", "end_turn"]);
  }),

  withRedis(
    "trap 22: a known otid is 409 while its run works, and stored a second time afterwards",
    "without Redis it is stored twice at once",
    async (stage) => {
      const agent = await stage.agent();
      const { run_id, second, turn } = await beside(
        stage,
        async () => ({
          agent,
          conversation: await stage.conversation(agent),
          messages: [user(slow("mine"), { otid: crypto.randomUUID() })],
        }),
        (again) => take(stage, again),
      );
      const { conversation, messages } = turn;
      expect([second.status, second.body]).toMatchObject([409, { run_id }]);
      expect(stopOf(await take(stage, { agent, conversation, messages }))).toBe("end_turn");
      const mine = (await listed(stage, agent, conversation)).filter(({ otid }) => otid === messages[0]?.["otid"]);
      expect(mine).toHaveLength(2);
    },
  ),

  withoutRedis("a known otid is stored a second time", "with Redis the background deduplicates", async (stage) => {
    const agent = await stage.agent();
    const messages = [user("mine", { otid: crypto.randomUUID() })];
    for (const _ of [1, 2]) await take(stage, { agent, messages });
    expect((await listed(stage, agent)).filter(({ otid }) => otid === messages[0]?.["otid"])).toHaveLength(2);
  }),

  withoutRedis("background needs Redis: 503", "with Redis it works", async (stage) => {
    const turn = await take(stage, { agent: await stage.agent(), more: { background: true } });
    expect([turn.status, turn.body]).toMatchObject([
      503,
      { detail: expect.stringContaining("Background streaming requires Redis") },
    ]);
  }),

  withRedis(
    "trap 13: in the background a known list of otids is given its first run's stream, whoever posts it",
    "background needs Redis",
    async (stage) => {
      const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
      const more = { background: true };
      const first = await take(stage, {
        agent: await stage.agent(),
        messages: [user("first", { otid: one }), user("secret", { otid: two })],
        more,
      });
      const stranger = await stage.agent();
      const repeated = await take(stage, {
        agent: stranger,
        messages: [user("other", { otid: one }), user("words", { otid: two })],
        more,
      });
      expect(runOf(repeated)).toBe(runOf(first));
      expect(textOf(repeated)).toBe("Echo: secret");
      expect(await listed(stage, stranger)).toHaveLength(1);
      const part = await take(stage, { agent: stranger, messages: [user("alone", { otid: one })], more });
      expect(textOf(part)).toBe("Echo: alone");
    },
  ),
];
