/** From a bot token to people who talk: the program as it is started, a platform, and every command about access. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { tempDir } from "../../support/app.ts";
import { until } from "../../support/box.ts";
import { run, runHere, type Server, startServer } from "../../support/program.ts";
import { startTelegram, type Telegram } from "../../support/telegram/server.ts";

let cwd: string;
let telegram: Telegram;
let server: Server | undefined;
let env: Readonly<Record<string, string>>;
let ann: number;
let bob: number;

beforeAll(async () => {
  cwd = tempDir();
  telegram = startTelegram();
  ann = telegram.addPerson({ name: "Ann" });
  bob = telegram.addPerson({ name: "Bob" });
  env = { TELEGRAM_BOT_TOKEN: telegram.bot().token, TELEGRAM_API_ROOT: telegram.url };
  server = await startServer({ cwd, env });
});

afterAll(async () => {
  await server?.stop();
  await telegram.stop();
  rmSync(cwd, { recursive: true, force: true });
});

const lettabox = (...args: readonly string[]) => runHere(args, { cwd, env });

const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await lettabox(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  return out;
};

const told = (chat: number, words: string): Promise<string> =>
  until(
    () =>
      telegram.messages(chat).find((one) => one.from !== "Ann" && one.from !== "Bob" && one.text?.includes(words))
        ?.text,
  );

const codeIn = (line: string): string => /\?start=([\w-]{22})$/m.exec(line)?.[1] ?? "";

test("the start prints a claim link whose user is the operator, and the log has no code", async () => {
  const welcome = await (server as Server).until(/start=[\w-]+\n/);
  const code = codeIn(welcome);
  expect(code).not.toBe("");
  expect(welcome).toContain(`telegram: https://t.me/`);
  telegram.say({ from: ann, text: `/start ${code}` });
  await told(ann, "You run this bot now");
  telegram.say({ from: ann, text: "hello" });
  await told(ann, "You said: hello");
  expect((server as Server).err()).toContain("bot.unclaimed");
  expect((server as Server).err()).not.toContain(code);
});

test("a start whose token the platform refuses says what makes an operator once it does not", async () => {
  const place = tempDir();
  const wrong = { ...env, TELEGRAM_BOT_TOKEN: "123456789:a-token-that-nobody-gave" };
  const refused = await startServer({ cwd: place, env: wrong });
  const welcome = await refused.until(/lettabox claim telegram\n/);
  expect(welcome).not.toContain("?start=");
  await refused.stop();
  expect(refused.err()).toContain("@BotFather");
  rmSync(place, { recursive: true, force: true });
});

test("a second account waits with a code until it is let in from the command line", async () => {
  telegram.say({ from: bob, text: "let me in" });
  const code = /`?([A-HJ-NP-Z2-9]{8})`?/.exec(await told(bob, "Your code is"))?.[1] ?? "";
  const list = await done("pairing", "list");
  expect(list).toContain(code);
  expect(list).toContain("Bob");
  expect(JSON.parse(await done("pairing", "list", "--bot", "telegram", "--json"))).toMatchObject([
    { code, id: String(bob), bot: "telegram", of: "person" },
  ]);
  expect(await done("pairing", "approve", code.toLowerCase())).toBe("Bob is let in, and told so.\n");
  await told(bob, "You are let in");
  telegram.say({ from: bob, text: "hello there" });
  await told(bob, "You said: hello there");
  expect(await lettabox("pairing", "approve", code)).toMatchObject({
    code: 1,
    err: "lettabox: Code not found or expired\n",
  });
  expect(await done("pairing", "list")).toBe("Nobody waits.\n");
});

test("each does its work as a process of its own, in an empty environment", async () => {
  const lines = [["pairing", "list"], ["people", "list"], ["groups", "list"], ["audit"]];
  const ended = await Promise.all(lines.map((line) => run([...line, "--json"], { cwd })));
  for (const { code, out, err } of ended) {
    expect({ code, err }).toEqual({ code: 0, err: "" });
    JSON.parse(out);
  }
});

test("people are listed, shown out and blocked; a group is listed and set; all of it stands in the audit log", async () => {
  const people = JSON.parse(await done("people", "list", "--json")) as {
    person: number;
    name: string;
    state: string;
  }[];
  expect(people.map(({ name, state }) => [name, state])).toEqual([
    ["Bob", "granted"],
    ["Ann", "operator"],
  ]);
  expect(await done("people", "list")).toMatch(/^PERSON +STATE +BOT/);
  const person = String(people[0]?.person);
  expect(await done("pairing", "revoke", person)).toBe(`Person ${person} is a stranger again. (telegram)\n`);
  expect(await done("pairing", "block", person, "--bot", "telegram")).toContain("is not answered any more");
  expect((await lettabox("pairing", "revoke", "bob")).code).toBe(2);

  const team = telegram.addGroup({ title: "Team", people: [ann, bob] });
  telegram.addBot({ chat: team, by: ann });
  await told(team, "Hello.");
  const [group] = JSON.parse(await done("groups", "list", "--json")) as { id: number; title: string; mode: string }[];
  expect(group).toMatchObject({ title: "Team", mode: "mention-only" });
  const id = String(group?.id);
  const set = JSON.parse(await done("groups", "set", id, "--mode", "listen", "--daily-limit", "9", "--json")) as object;
  expect(set).toMatchObject({ mode: "listen", dailyLimit: 9 });
  await done("groups", "set", id, "--mode", "default", "--allow", String(ann));
  expect(await done("groups", "list")).toMatch(/mention-only +9 +Team/);
  expect((await lettabox("groups", "set", id, "--mode", "loud")).code).toBe(2);
  expect((await lettabox("groups", "set", id, "--admit", "--close")).code).toBe(2);
  expect((await lettabox("groups", "set", id)).code).toBe(2);

  const log = await done("audit");
  for (const action of ["operator.claimed", "access.granted", "access.revoked", "access.blocked", "group.admitted"]) {
    expect(log).toContain(action);
  }
  expect(log).toContain("setting.changed");
});

test("without a server the same is done on the data, and a claimed bot prints no link", async () => {
  expect(await server?.stop()).toBe(0);
  server = undefined;
  expect(await done("pairing", "list")).toBe("Nobody waits.\n");
  expect(codeIn(await done("claim"))).not.toBe("");
  expect(JSON.parse(await done("claim", "telegram", "--json"))).toMatchObject({ bot: "telegram" });
  expect(await lettabox("claim", "nobody")).toMatchObject({ code: 2, err: "lettabox: Invalid channel: nobody\n" });
  server = await startServer({ cwd, env });
  expect(server.out()).not.toContain("Become the operator");
});
