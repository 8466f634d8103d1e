/** A tool call of ours is executed once and answered once, whatever breaks in between. */
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Box } from "../support/box.ts";
import { startCutBox } from "../support/cut-box.ts";
import type { CuttingProxy } from "../support/cutting-proxy.ts";

let box: Box;
let proxy: CuttingProxy;

beforeEach(async () => {
  ({ box, proxy } = await startCutBox());
});

afterEach(async () => {
  await box.stop();
  await proxy.stop();
});

const deliver = (id: string, text: string) => box.deliver({ id, chat: "ada", from: "ada", text });

const answer = (part: string) => box.until(() => box.standing("ada").find(({ text }) => text.includes(part))?.text);

type Request = { readonly texts: readonly string[]; readonly approvals: readonly { tool_call_id: string }[] };

/** Posts that brought our results to the server. */
const returns = async (): Promise<readonly Request[]> =>
  ((await (await fetch(`${box.letta}/demo/requests`)).json()) as Request[]).filter(
    ({ approvals }) => approvals.length > 0,
  );

const blockText = async (): Promise<string | undefined> => {
  const blocks = (await (await fetch(`${box.letta}/v1/blocks/`)).json()) as { label: string; value: string }[];
  const own = blocks.filter(({ label }) => label === "Persona_stub_ada");
  expect(own.length).toBeLessThanOrEqual(1);
  return own[0]?.value;
};

/** The database between two lives of the process. */
const within = <T>(work: (db: Database) => T): T => {
  const db = new Database(`${box.dataDir}/lettabox.sqlite`);
  try {
    return work(db);
  } finally {
    db.close();
  }
};

type State = { readonly state: string };

const stateIs = (state: string) =>
  box.until(() =>
    within((db) => db.query<State, []>("SELECT state FROM turns ORDER BY id DESC LIMIT 1").get()?.state === state)
      ? true
      : undefined,
  );

/** Everything was kept once, the agent heard of it once, and the conversation takes the next message. */
const allIsWell = async (): Promise<void> => {
  expect(await answer("Everything that is kept")).toContain("likes tea");
  expect(await returns()).toHaveLength(1);
  await box.until(async () => ((await blockText()) === "likes tea" ? true : undefined));
  await deliver("2", "demo recall and more");
  expect(await answer("and more")).toContain("I was told about you: likes tea and more");
  expect(box.app().log()).not.toContain("letta_awaiting_approval");
  expect(await box.heard()).toEqual(["demo remember likes tea", "demo recall and more"]);
};

test("a result that was cut before the server saw it is sent once more", async () => {
  proxy.cut((post) => (post === 2 ? "before" : "none"));
  await deliver("1", "demo remember likes tea");
  await allIsWell();
});

test("a result whose answer was cut off is found, not sent again", async () => {
  proxy.cut((post) => (post === 2 ? "after-request" : "none"));
  await deliver("1", "demo remember likes tea");
  await allIsWell();
  expect(box.app().log()).not.toContain("turn.resent");
});

for (const afterBytes of [1, 200, 400, 600, 900]) {
  test(`the answer to a result breaks after ${afterBytes} bytes: nothing is lost or said twice`, async () => {
    proxy.cut((post) => (post === 2 ? { afterBytes } : "none"));
    await deliver("1", "demo remember likes tea");
    await allIsWell();
    expect(box.standing("ada").filter(({ text }) => text.includes("Everything that is kept"))).toHaveLength(1);
  });
}

test("a call whose stream was cut off is found and answered", async () => {
  proxy.cut((post) => (post === 1 ? "after-request" : "none"));
  await deliver("1", "demo remember likes tea");
  await allIsWell();
});

test("killed after the result was frozen: the next start sends it", async () => {
  proxy.cut((post) => (post === 2 ? "before" : "none"));
  await box.restart({ drainMs: 1, timing: { searchMs: 60_000 } });
  await deliver("1", "demo remember likes tea");
  await stateIs("uncertain");
  await box.restart();
  await allIsWell();
});

test("killed after the call was executed and before its result was frozen: the next start sends it, executing nothing", async () => {
  proxy.cut((post) => (post >= 2 ? "before" : "none"));
  await box.restart({ drainMs: 1, timing: { searchMs: 60_000 } });
  await deliver("1", "demo remember likes tea");
  await stateIs("uncertain");
  await box.app().stop();
  proxy.cut(() => "none");
  within((db) => {
    db.run("DELETE FROM posts WHERE kind = 'approval'");
    db.run("UPDATE approvals SET post_id = NULL");
    db.run("UPDATE turns SET state = 'waiting'");
  });
  await box.restart({ alreadyStopped: true });
  await allIsWell();
  expect(within((db) => db.query("SELECT revision FROM personas").get())).toEqual({ revision: 1 });
});

test("killed after the agent had called and before the call was executed: the next start executes it", async () => {
  proxy.cut((post) => (post >= 2 ? "before" : "none"));
  await box.restart({ drainMs: 1, timing: { searchMs: 60_000 } });
  await deliver("1", "demo remember likes tea");
  await stateIs("uncertain");
  await box.app().stop();
  proxy.cut(() => "none");
  within((db) => {
    db.run("DELETE FROM posts WHERE kind = 'approval'");
    db.run("DELETE FROM approvals");
    db.run("DELETE FROM turn_events WHERE body LIKE '%tool_result%'");
    db.run("UPDATE personas SET text = '', revision = 0, saved_revision = 0");
    db.run("UPDATE posts SET state = 'sent', cut_by = 'process'");
    db.run("UPDATE turns SET state = 'running', run_id = (SELECT run_id FROM posts)");
  });
  await box.restart({ alreadyStopped: true });
  await allIsWell();
});

test("killed before the block was written: the next start writes it", async () => {
  await deliver("1", "demo remember likes tea");
  await box.until(async () => ((await blockText()) === "likes tea" ? true : undefined));
  await answer("Everything that is kept");
  await box.app().stop();
  within((db) => db.run("UPDATE personas SET text = 'likes milk', revision = revision + 1"));
  await box.restart({ alreadyStopped: true });
  await box.until(async () => ((await blockText()) === "likes milk" ? true : undefined));
});

test("a stop while the agent goes on with our result leaves nothing unanswered", async () => {
  proxy.cut((post) => (post === 2 ? "before" : "none"));
  await box.restart({ timing: { searchMs: 1_000 } });
  await deliver("1", "demo remember likes tea");
  await stateIs("uncertain");
  await deliver("2", "/stop");
  await answer("Stopped");
  await deliver("3", "demo recall and more");
  expect(await answer("and more")).toContain("I was told about you: likes tea");
  expect(await returns()).toHaveLength(1);
  expect(box.app().log()).not.toContain("letta_awaiting_approval");
});
