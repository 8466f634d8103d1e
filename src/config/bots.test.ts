import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { defaultAccess } from "../access/rules.ts";
import type { ChannelDeclaration } from "../channels/declaration.ts";
import type { Secret } from "../crypto/secret.ts";
import { asFault } from "../errors.ts";
import { loadConfig } from "./config.ts";
import { configLines, describeConfig } from "./description.ts";
import { exampleFile } from "./example.ts";
import { describeSchema } from "./json-schema.ts";
import { schemaFor } from "./schema.ts";

/** A channel as one would declare itself: by token, or by account and password. */
const semaphore: ChannelDeclaration = {
  keys: {
    botToken: {
      env: "SEMAPHORE_BOT_TOKEN",
      kind: "secret",
      about: "token of the bot",
      aliases: ["FLAG_TOKEN"],
      shape: { pattern: /^\d+:\w+$/, mustBe: "must look like 123:abc" },
    },
    account: { env: "SEMAPHORE_ACCOUNT", kind: "text", about: "the account", example: "harbour" },
    password: { env: "SEMAPHORE_PASSWORD", kind: "secret", about: "its password" },
    apiRoot: { env: "SEMAPHORE_API_ROOT", kind: "apiRoot", about: "where it is reached" },
  },
  validSets: [["botToken"], ["account", "password"]],
};
const channels = { semaphore };

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), "lettabox-bots-"))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const load = (env: Readonly<Record<string, string>>, yaml?: string) => {
  if (yaml !== undefined) writeFileSync(join(cwd, "lettabox.yaml"), yaml);
  return loadConfig({ flags: {}, env, cwd, channels });
};

const revealed = (value: Secret | string | undefined): string | undefined =>
  typeof value === "object" ? value.reveal() : value;

const apiRootOf = async (url: string) =>
  (await load({ SEMAPHORE_BOT_TOKEN: "1:a", SEMAPHORE_API_ROOT: url })).bots[0]?.keys["apiRoot"];

const problems = async (env: Readonly<Record<string, string>>, yaml?: string): Promise<readonly string[]> => {
  const fault = await load(env, yaml).then(() => undefined, asFault);
  expect(fault?.code).toBe("config_invalid");
  const [, ...lines] = (fault?.message ?? "").split("\n");
  return lines.map((line) => line.trim().replace(`${cwd}/`, ""));
};

test("without keys there is no bot", async () => {
  expect((await load({})).bots).toEqual([]);
  expect((await load({ SEMAPHORE_BOT_TOKEN: "" }, "bots:\n")).bots).toEqual([]);
});

test("the keys of one set make a bot with the channel's name", async () => {
  const { bots, sources, notices } = await load({ FLAG_TOKEN: "1:canary", SEMAPHORE_API_ROOT: "http://127.0.0.1:1/" });
  expect(bots).toMatchObject([{ slug: "semaphore", channel: "semaphore", keys: { apiRoot: "http://127.0.0.1:1" } }]);
  expect(revealed(bots[0]?.keys["botToken"])).toBe("1:canary");
  expect(sources["bots.semaphore.botToken"]).toBe("environment FLAG_TOKEN");
  expect(notices).toEqual(["FLAG_TOKEN: accepted, now SEMAPHORE_BOT_TOKEN"]);
});

test("secrets of bots come from files and credentials too, and the environment goes before the file", async () => {
  writeFileSync(join(cwd, "token"), "2:file\n");
  writeFileSync(join(cwd, "SEMAPHORE_PASSWORD"), "credential\n");
  const { bots } = await load(
    { SEMAPHORE_BOT_TOKEN_FILE: "token", CREDENTIALS_DIRECTORY: cwd },
    "bots: { semaphore: { botToken: '3:yaml', account: a } }",
  );
  const [keys] = bots.map((bot) => bot.keys);
  expect(revealed(keys?.["botToken"])).toBe("2:file");
  expect(revealed(keys?.["password"])).toBe("credential");
  expect(keys?.["account"]).toBe("a");
});

test("more bots stand in the file, each under a name of its own", async () => {
  const config = await load(
    { SEMAPHORE_BOT_TOKEN: "1:one" },
    "bots:\n  support: { channel: semaphore, account: a, password: canary }\n",
  );
  expect(config.bots.map(({ slug, channel }) => [slug, channel]).toSorted()).toEqual([
    ["semaphore", "semaphore"],
    ["support", "semaphore"],
  ]);
  const lines = configLines(describeConfig(config));
  expect(lines).toContain("bots.semaphore.botToken: set (from environment SEMAPHORE_BOT_TOKEN)");
  expect(lines).toContain(`bots.support.password: set (from ${join(cwd, "lettabox.yaml")})`);
  expect(JSON.stringify(describeConfig(config))).not.toContain("canary");
});

test("a bot may have its own rule for conversations; that of all others counts for the rest", async () => {
  const yaml = "conversations: per-person\nbots:\n  semaphore: { conversations: Shared }\n";
  const config = await load({ SEMAPHORE_BOT_TOKEN: "1:a" }, yaml);
  expect(config.conversations).toBe("per-person");
  expect(config.bots).toMatchObject([{ slug: "semaphore", conversations: "shared" }]);
  expect(configLines(describeConfig(config))).toContain(
    `bots.semaphore.conversations: shared (${join(cwd, "lettabox.yaml")})`,
  );
  expect((await load({ SEMAPHORE_BOT_TOKEN: "1:a" }, "")).conversations).toBe("per-chat");
  expect(await problems({}, "bots:\n  semaphore: { botToken: '1:a', conversation: per-group }\n")).toEqual([
    "bots.semaphore.conversation (lettabox.yaml:2): unknown; did you mean bots.semaphore.conversations?",
  ]);
  expect(await problems({}, "conversations: mine\n")).toEqual([
    "conversations (lettabox.yaml:1): must be one of shared, per-chat, per-person, per-channel",
  ]);
});

test("who may talk to a bot: pairing unless it says otherwise, by our names and by LettaBot's", async () => {
  const token = { SEMAPHORE_BOT_TOKEN: "1:a" };
  expect(defaultAccess.access).toBe("pairing");
  expect((await load(token)).bots[0]?.access).toEqual(defaultAccess);
  const yaml = `bots:
  semaphore:
    access: Allowlist
    allow: ["@ada", 77, "12345678901234567890"]
    groups: { mode: listen, dailyLimit: 100, batchMs: 5000 }
`;
  const config = await load(token, yaml);
  expect(config.bots[0]?.access).toEqual({
    access: "allowlist",
    allow: ["@ada", "77", "12345678901234567890"],
    shareAgent: false,
    groups: { mode: "listen", dailyLimit: 100, batchMs: 5000 },
  });
  const lines = configLines(describeConfig(config)).join("\n");
  expect(lines).toContain("bots.semaphore.access: allowlist");
  expect(lines).toContain("bots.semaphore.allow: @ada, 77, 12345678901234567890");
  expect(lines).toContain("bots.semaphore.groups.mode: listen");

  const brought = { ...token, SEMAPHORE_DM_POLICY: "open", SEMAPHORE_ALLOWED_USERS: "77, 78" };
  const { bots, notices } = await load(brought, "bots:\n");
  expect(bots[0]?.access).toMatchObject({ access: "open", allow: ["77", "78"], shareAgent: false });
  expect(notices).toEqual([
    "SEMAPHORE_DM_POLICY: accepted, now bots.semaphore.access in lettabox.yaml",
    "SEMAPHORE_ALLOWED_USERS: accepted, now bots.semaphore.allow in lettabox.yaml",
  ]);
});

test("everybody is let in by name only: neither a star nor a word that is not one does it", async () => {
  const token = { SEMAPHORE_BOT_TOKEN: "1:a" };
  expect(await problems(token, "bots: { semaphore: { allow: ['*'] } }")).toEqual([
    "bots.semaphore.allow[0] (lettabox.yaml:1): lets nobody in; where everybody may talk, write access: open",
  ]);
  expect(await problems(token, "bots: { semaphore: { access: opn } }")).toEqual([
    "bots.semaphore.access (lettabox.yaml:1): must be one of pairing, allowlist, open; did you mean open?",
  ]);
  expect(await problems(token, "bots: { semaphore: { allow: [12345678901234567890] } }")).toEqual([
    "bots.semaphore.allow[0] (lettabox.yaml:1): must be a list of ids and @names; write long ids in quotes",
  ]);
});

test("a list of names without any is said, and is the operators' own bot", async () => {
  const { notices, bots } = await load({ SEMAPHORE_BOT_TOKEN: "1:a" }, "bots: { semaphore: { access: allowlist } }");
  expect(bots[0]?.access.allow).toEqual([]);
  expect(notices).toEqual([
    "bots.semaphore: access is allowlist and allow names nobody, so only its operators may talk to it",
  ]);
});

test("some keys but no whole set are an error that names what is missing, by the names in use", async () => {
  const sets = "it needs SEMAPHORE_BOT_TOKEN, or SEMAPHORE_ACCOUNT with SEMAPHORE_PASSWORD";
  expect(await problems({ SEMAPHORE_ACCOUNT: "a" })).toEqual([
    `SEMAPHORE_ACCOUNT (environment): the bot is not complete (${sets}); set SEMAPHORE_PASSWORD, or remove the bot's other keys`,
  ]);
  expect(await problems({}, "bots:\n  harbour: { channel: semaphore, password: x }\n")).toEqual([
    "bots.harbour (lettabox.yaml:2): the bot is not complete (it needs botToken, or account with password); " +
      "set account, or remove the bot's other keys",
  ]);
  expect(await problems({ SEMAPHORE_API_ROOT: "https://x.org" }, "")).toEqual([
    `SEMAPHORE_API_ROOT (environment): the bot is not complete (${sets}); set SEMAPHORE_BOT_TOKEN, or remove the bot's other keys`,
  ]);
  // A secret that cannot be read is told as that, not as missing.
  expect(await problems({ SEMAPHORE_BOT_TOKEN_FILE: "none", SEMAPHORE_API_ROOT: "https://x.org" }, "")).toEqual([
    "SEMAPHORE_BOT_TOKEN_FILE (environment): the file none cannot be read (ENOENT); mend its path or its rights",
  ]);
});

test("a platform's address is https, or http on this machine", async () => {
  expect(await apiRootOf("https://api.example.org/v2/")).toBe("https://api.example.org/v2");
  for (const host of ["127.0.0.1:81", "localhost", "[::1]:81"]) {
    expect(await apiRootOf(`http://${host}`)).toBe(`http://${host}`);
  }
  for (const host of ["api.example.org", "127.0.0.1.example.org", "10.0.0.1", "localhost.example.org"]) {
    expect(await problems({ SEMAPHORE_BOT_TOKEN: "1:a", SEMAPHORE_API_ROOT: `http://${host}` })).toEqual([
      "SEMAPHORE_API_ROOT (environment): must begin with https://; http:// is for 127.0.0.1, ::1 and localhost",
    ]);
  }
});

test("wrong names, channels and values are told all at once, each with what is near", async () => {
  const yaml = `bots:
  api: { channel: semaphore, botToken: '1:a' }
  Big: { channel: semaphore, botToken: '1:a' }
  semaphore: { botTokn: '1:a' }
  other: { channel: telegraph }
  broken: { channel: semaphore, botToken: canary }
`;
  const found = await problems({ SEMAPHORE_BOT_TOKE: "x" }, yaml);
  expect(found.toSorted()).toEqual(
    [
      "SEMAPHORE_BOT_TOKE (environment): unknown; did you mean SEMAPHORE_BOT_TOKEN?",
      "bots.api (lettabox.yaml:2): a bot's name has 1 to 32 of the characters a-z, 0-9 and -, and is not api",
      "bots.Big (lettabox.yaml:3): a bot's name has 1 to 32 of the characters a-z, 0-9 and -, and is not api",
      "bots.semaphore.botTokn (lettabox.yaml:4): unknown; did you mean bots.semaphore.botToken?",
      "bots.semaphore (lettabox.yaml:4): the bot is not complete (it needs SEMAPHORE_BOT_TOKEN, or SEMAPHORE_ACCOUNT with " +
        "SEMAPHORE_PASSWORD); set SEMAPHORE_BOT_TOKEN, or remove the bot's other keys",
      "bots.other.channel (lettabox.yaml:5): must be a group of settings whose channel is one of semaphore",
      "bots.broken.botToken (lettabox.yaml:6): must look like 123:abc",
    ].toSorted(),
  );
  expect(await problems({}, "bots: [1]")).toEqual(["bots (lettabox.yaml:1): must be a group of bots"]);
});

test("the example file and the schema for editors have the channel's keys", () => {
  const schema = schemaFor(channels);
  const example = exampleFile(schema, channels);
  expect(example).toContain(`
# bots:
#   semaphore:
##     token of the bot (SEMAPHORE_BOT_TOKEN, SEMAPHORE_BOT_TOKEN_FILE)
#     botToken: "<your botToken>"
`);
  expect(example).toContain('#     account: "harbour"\n');
  const editor = z.fromJSONSchema(describeSchema(schema) as Parameters<typeof z.fromJSONSchema>[0]);
  const botToken = "1:a";
  const accepts = (bots: object): boolean => editor.safeParse({ bots }).success;
  expect(accepts({ semaphore: { botToken } })).toBe(true);
  expect(accepts({ semaphore: { botToken, channel: "semaphore" }, harbour: { botToken, channel: "semaphore" } })).toBe(
    true,
  );
  expect(accepts({ harbour: { botToken } })).toBe(false);
  expect(accepts({ semaphore: { botTokn: botToken } })).toBe(false);
});
