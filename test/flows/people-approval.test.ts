/** A call of ours beside one that somebody has to allow: one answer for both, or the server takes neither. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

const send = async (method: string, path: string, body: unknown): Promise<{ id: string }> =>
  (
    await fetch(`${box.letta}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json() as Promise<{ id: string }>;

/** An agent whose model obeys orders, calls tools in parallel, and needs approval for one of them. */
beforeEach(async () => {
  box = await startBox();
  const { id } = await send("POST", "/v1/agents/", {
    name: "Careful",
    model: "openai-proxy/fake-model",
    model_settings: { provider_type: "openai", parallel_tool_calls: true },
    memory_blocks: [{ label: "human", value: "" }],
  });
  await send("PATCH", `/v1/agents/${id}/tools/approval/conversation_search`, { requires_approval: true });
  await box.restart({ env: { LETTA_AGENT_NAME: "Careful" } });
  await box.deliver({ id: "1", chat: "ada", from: "ada", text: "CALL2:update_persona,conversation_search" });
});

afterEach(() => box.stop());

type Turn = {
  readonly turnId: string;
  readonly state: string;
  readonly approvals: readonly { readonly toolName: string; readonly approve: boolean | null }[];
};

const inState = (...states: readonly string[]): Promise<Turn> =>
  box.until(async () => {
    const { turns } = (await (await box.app().call("/api/v1/turns")).json()) as {
      turns: readonly { turnId: string }[];
    };
    const id = turns.at(-1)?.turnId;
    const turn = (await (await box.app().call(`/api/v1/turns/${id}`)).json()) as Turn;
    return states.includes(turn.state) ? turn : undefined;
  });

const decide = async (path: string, body: unknown): Promise<void> => {
  const { turnId } = await inState("waiting");
  const response = await box
    .app()
    .call(`/api/v1/turns/${turnId}/${path}`, { method: "POST", body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
};

/** Both calls were answered, in one post. */
const answersAgain = async (): Promise<void> => {
  await box.deliver({ id: "2", chat: "ada", from: "ada", text: "and now" });
  await box.until(() => box.standing("ada").find(({ text }) => text.includes("and now")));
  expect(box.app().log()).not.toContain("letta_awaiting_approval");
  const posts = (await (await fetch(`${box.letta}/demo/requests`)).json()) as { approvals: { approve: boolean }[] }[];
  expect(posts.map(({ approvals }) => approvals.length).filter((count) => count > 0)).toEqual([2]);
};

test("only what somebody has to allow is shown as waiting; allowed, both go on together", async () => {
  expect((await inState("waiting")).approvals).toMatchObject([{ toolName: "conversation_search", approve: null }]);
  await decide("approval", { approve: true });
  expect(await inState("done", "failed")).toMatchObject({ state: "done", approvals: [{ approve: true }] });
  await answersAgain();
});

test("denied, ours is answered all the same", async () => {
  await decide("approval", { approve: false });
  expect(await inState("done", "failed")).toMatchObject({ state: "done" });
  await answersAgain();
});

test("a stop denies the one and answers the other", async () => {
  await decide("cancel", {});
  await inState("cancelled");
  await answersAgain();
});

test("a restart in between forgets neither", async () => {
  await inState("waiting");
  await box.restart({ env: { LETTA_AGENT_NAME: "Careful" } });
  await decide("approval", { approve: true });
  expect(await inState("done", "failed")).toMatchObject({ state: "done" });
  await answersAgain();
});
