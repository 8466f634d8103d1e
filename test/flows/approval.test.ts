import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

beforeEach(async () => {
  box = await startBox();
});

afterEach(() => box.stop());

type Turn = {
  turnId: string;
  state: string;
  response: string | null;
  approvals: { toolCallId: string; approve: boolean | null; reason: string | null }[];
};

const ask = async (message: string): Promise<string> => {
  const response = await box.app().call("/api/v1/chat/async", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ message }),
  });
  return ((await response.json()) as Turn).turnId;
};

const look = async (id: string) => (await (await box.app().call(`/api/v1/turns/${id}`)).json()) as Turn;

const inState = (id: string, ...states: readonly string[]) =>
  box.until(async () => {
    const turn = await look(id);
    return states.includes(turn.state) ? turn : undefined;
  });

const decide = (id: string, body: unknown, path = "approval") =>
  box.app().call(`/api/v1/turns/${id}/${path}`, { method: "POST", body: JSON.stringify(body) });

/** Nothing is left open on the server: the conversation takes the next message. */
const answersAgain = async (): Promise<void> => {
  const next = await box.app().chat({ message: "and now?" });
  expect(next.status).toBe(200);
  expect(box.app().log()).not.toContain("letta_awaiting_approval");
};

test("what the operator allows is done, and the agent goes on", async () => {
  const id = await ask("demo ask for it");
  const waiting = await inState(id, "waiting");
  expect(waiting.approvals).toMatchObject([{ approve: null }]);
  expect((await decide(id, { approve: true })).status).toBe(200);
  const turn = await inState(id, "done", "failed");
  expect(turn).toMatchObject({ state: "done", approvals: [{ approve: true }] });
  expect(turn.response).toContain("for it");
  await answersAgain();
});

test("what the operator denies is not done, the agent hears why, and a second decision is refused", async () => {
  const id = await ask("demo ask for it");
  await inState(id, "waiting");
  expect((await decide(id, { approve: false, reason: "not today" })).status).toBe(200);
  expect((await decide(id, { approve: true })).status).toBe(409);
  expect((await inState(id, "done", "failed")).approvals).toMatchObject([{ approve: false, reason: "not today" }]);
  await answersAgain();
});

test("when nobody decides in time the call is denied and the agent hears why", async () => {
  await box.restart({ timing: { approvalMs: 50 } });
  const turn = await inState(await ask("demo ask for it"), "done", "failed");
  expect(turn).toMatchObject({ state: "done", approvals: [{ approve: false }] });
  expect(turn.approvals[0]?.reason).toContain("in time");
  await answersAgain();
});

test("a stop while an approval waits denies it before the turn ends, so the conversation is not blocked", async () => {
  const id = await ask("demo ask for it");
  await inState(id, "waiting");
  await decide(id, {}, "cancel");
  expect(await inState(id, "cancelled", "done", "failed")).toMatchObject({ state: "cancelled" });
  await answersAgain();
});

test("a restart goes on waiting, and the decision after it counts", async () => {
  const id = await ask("demo ask for it");
  await inState(id, "waiting");
  await box.restart({ drainMs: 1 });
  await inState(id, "waiting");
  await decide(id, { approve: true });
  expect(await inState(id, "done", "failed")).toMatchObject({ state: "done" });
  expect((await box.heard()).filter((text) => text.includes("for it"))).toHaveLength(1);
  await answersAgain();
});

test("only an admin may decide", async () => {
  const id = await ask("demo ask for it");
  await inState(id, "waiting");
  const made = await box.app().call("/api/v1/tokens", { method: "POST", body: JSON.stringify({ name: "site" }) });
  const { token } = (await made.json()) as { token: string };
  const refused = await box.app().call(`/api/v1/turns/${id}/approval`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ approve: true }),
  });
  expect(refused.status).toBe(403);
  await decide(id, { approve: false });
  await inState(id, "done");
});
