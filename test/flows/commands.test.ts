import { afterEach, expect, test } from "bun:test";
import { commands } from "../../src/commands/registry.ts";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
const { write, textsIn, told, speaking, conversationOf, posted } = talkWith(() => box);

afterEach(() => box.stop());

test("messages are not merged across a command", async () => {
  box = await startBox();
  await write("demo slow 4 first");
  await speaking();
  await write("second");
  await write("/compact");
  await write("third");
  await told("You said: third");
  expect(await box.heard()).toEqual(["demo slow 4 first", "second", "third"]);
  expect(textsIn("ada")).toHaveLength(4);
});

test("an unknown command is answered at once with the nearest one, and the agent never hears of it", async () => {
  box = await startBox();
  await write("demo slow 300 long");
  await speaking();
  await write("/Sotp now");
  expect(await told("There is no command")).toContain("`/stop`");
  await write("/xyzzyplugh");
  await told("`/help` lists the commands");
  await write("/stop");
  await told("Stopped: the answer under way");
  await write("hello");
  await told("You said: hello");
  expect(await posted()).not.toContain("/Sotp");
  expect(await posted()).not.toContain("/xyzzyplugh");
});

test("what only looks like a command goes to the agent", async () => {
  box = await startBox();
  const texts = ["/etc/hosts is a file", "say /new", "/ new", "//new", "/2 of it", "/new@another"];
  for (const text of texts) {
    await write(text);
    await told(`You said: ${text}`);
  }
  expect(await box.heard()).toEqual(texts);
});

test("a command may be written with capitals, and come as a platform's own kind of event", async () => {
  box = await startBox();
  await write("/HELP");
  await told("`/new`");
  await write("new", { kind: "command" });
  await write("/reset", { kind: "command" });
  await box.until(() =>
    textsIn("ada").filter((text) => text.includes("is new already")).length === 2 ? 1 : undefined,
  );
});

test("words behind a command that takes none: it is not done, and the user is told how", async () => {
  box = await startBox();
  await write("before");
  await told("You said: before");
  await write("/new and hello");
  expect(await told("Nothing was done")).toContain("`/new`");
  await write("after");
  expect(await conversationOf("after")).toBe((await conversationOf("before")) ?? "");
  expect(await box.heard()).toEqual(["before", "after"]);
});

test("/help lists every command, while the agent is at work", async () => {
  box = await startBox();
  await write("demo slow 300 long");
  await speaking();
  await write("/help");
  await told("Everything else goes to the agent");
  const list = textsIn("ada").join("\n");
  for (const { usage, summary } of commands) expect(list).toContain(`\`${usage}\` – ${summary}`);
  await write("/stop");
  await told("Stopped");
});

test("/stop ends the answer under way and what waits behind it, says so, and leaves other chats alone", async () => {
  box = await startBox();
  await write("demo slow 500 never ends");
  await write("demo slow 12 still here", { chat: "bob", from: "bob" });
  await speaking();
  await write("and then?");
  await write("and then??");
  await write("/compact");
  await write("/cancel please");
  expect(await told("Stopped:")).toBe("Stopped: the answer under way, 2 messages that waited, 1 command that waited.");
  await told("still here", "bob");
  await write("next");
  await told("You said: next");
  expect(await box.heard()).not.toContain("and then?");
  await write("/stop");
  await told("There is nothing to stop");
});

test("commands that need no agent are answered where Letta was never reached", async () => {
  box = await startBox({ lettaUrl: () => "http://127.0.0.1:1" });
  await write("/stop");
  await told("There is nothing to stop");
  await write("/help");
  await told("Everything else goes to the agent");
  await write("/nwe");
  expect(await told("There is no command")).toContain("`/new`");
});

test("a request of the API is never a command", async () => {
  box = await startBox();
  const answer = (await (await box.app().chat({ message: "/new", chat: "x" })).json()) as { response: string };
  expect(answer.response).toContain("You said: /new");
});

test("the same event twice is one command", async () => {
  box = await startBox();
  for (const _ of [1, 2, 3]) await box.deliver({ id: "once", chat: "ada", from: "ada", text: "/help" });
  await write("hello");
  await told("You said: hello");
  expect(textsIn("ada").filter((text) => text.includes("`/new`"))).toHaveLength(1);
});

test("in a group a command needs to be meant for the bot, like any message", async () => {
  box = await startBox();
  box.platform.administer(() => true);
  await box.deliver({ id: "g1", chat: "club", from: "ada", text: "/help", group: true, addressed: false });
  await box.deliver({ id: "g2", chat: "club", from: "ada", text: "/new", group: true });
  await told("is new already", "club");
  expect(textsIn("club")).toHaveLength(1);
});

test("its turn tells what it was, like any other", async () => {
  box = await startBox();
  await write("/new");
  const said = await told("is new already");
  const { turns } = (await (await box.app().call("/api/v1/turns")).json()) as { turns: { turnId: string }[] };
  expect(turns).toMatchObject([{ state: "done", trigger: "command", response: said, agentName: "Demo" }]);
  const events = await (await box.app().call(`/api/v1/turns/${turns[0]?.turnId}/events`)).text();
  expect(events.match(/"type":"\w+"/g)).toEqual(['"type":"init"', '"type":"assistant"', '"type":"result"']);
  const rows = await readIndependently(box.dataDir, 'SELECT "trigger", state, conversation_id AS lane FROM turns');
  expect(rows).toEqual([{ trigger: "command", state: "done", lane: null }]);
  const kinds = await readIndependently(
    box.dataDir,
    "SELECT kind, round((deadline_at - created_at) / 1000.0) AS seconds FROM outbox",
  );
  expect(kinds).toEqual([{ kind: "answer", seconds: 900 }]);
});
