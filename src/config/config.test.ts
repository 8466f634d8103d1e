import { expect, test } from "bun:test";
import { join } from "node:path";
import { useConfigDir } from "../../test/support/config-dir.ts";
import { configLines, describeConfig } from "./description.ts";

const masterKey = "a-master-key-that-has-more-than-32-characters";
const token = "sixteen-chars-ok";
const { cwd, load, problems, write } = useConfigDir();

test("an empty environment and no file is a valid configuration: the demo on this machine only", async () => {
  const config = await load();
  expect(config).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    dataDir: join(cwd(), ".lettabox"),
    encryptionMasterKeys: [],
    logLevel: "info",
    logFormat: "json",
    upstream: "demo",
    letta: { agentIds: [], agentNames: [], background: false },
    limits: {
      messageChars: 10_000,
      bodyBytes: 1_048_576,
      runningPerChat: 4,
      turnMs: 1_800_000,
      patienceMs: 600_000,
      drainMs: 10_000,
      retentionDays: { payloads: 30, files: 14, deadLetters: 90 },
    },
    notices: [],
  });
  expect(config.apiKey).toBeUndefined();
  expect(config.letta.baseUrl).toBeUndefined();
  expect((await load({ isTTY: true })).logFormat).toBe("text");
});

test("flags win over the environment, the environment over the file, the file over defaults", async () => {
  const file = write("lettabox.yaml", "host: localhost\nport: 1\nlogLevel: debug\nlimits: { drainMs: 5 }\n");
  const config = await load({ flags: { port: "3" }, env: { PORT: "2", LOG_LEVEL: "WARN" } });
  expect(config).toMatchObject({
    host: "localhost",
    port: 3,
    logLevel: "warn",
    limits: { drainMs: 5, turnMs: 1_800_000 },
  });
  expect(config.sources).toMatchObject({
    port: "command line --port",
    logLevel: "environment LOG_LEVEL",
    host: file,
    "limits.drainMs": file,
    "limits.turnMs": "default",
  });
});

test("every setting can come from the file", async () => {
  write(
    "lettabox.yaml",
    `
host: "::1"
port: 0
dataDir: data
publicUrl: https://box.example.org/
encryptionMasterKeys: [${masterKey}, ${masterKey}2]
apiKey: ${token}
logLevel: silent
logFormat: text
letta: { apiKey: k, baseUrl: "http://localhost:8283/v1/", projectId: p, agentIds: [a, b], agentNames: ["x, y"], background: true }
limits: { messageChars: 1, bodyBytes: 2048, runningPerChat: 3, turnMs: 4, patienceMs: 5, drainMs: 6, retentionDays: { payloads: 7, files: 8, deadLetters: 9 } }
`,
  );
  const config = await load();
  expect(config).toMatchObject({
    host: "::1",
    port: 0,
    dataDir: join(cwd(), "data"),
    publicUrl: "https://box.example.org",
    logLevel: "silent",
    logFormat: "text",
    upstream: "self-hosted",
    letta: {
      baseUrl: "http://localhost:8283",
      projectId: "p",
      agentIds: ["a", "b"],
      agentNames: ["x, y"],
      background: true,
    },
    limits: { messageChars: 1, bodyBytes: 2048, retentionDays: { payloads: 7, files: 8, deadLetters: 9 } },
  });
  expect(config.encryptionMasterKeys.map((key) => key.reveal())).toEqual([masterKey, `${masterKey}2`]);
  expect(config.apiKey?.reveal()).toBe(token);
  expect(config.letta.apiKey?.reveal()).toBe("k");
});

test("lists in the environment: agents by comma, master keys by comma or space", async () => {
  const config = await load({
    env: {
      LETTA_AGENT_ID: "agent-1, agent-2",
      LETTA_AGENT_NAME: "my agent,",
      LETTA_API_KEY: "k",
      ENCRYPTION_MASTER_KEY: `${masterKey}1,${masterKey}2\n ${masterKey}3`,
    },
  });
  expect(config.letta.agentIds).toEqual(["agent-1", "agent-2"]);
  expect(config.letta.agentNames).toEqual(["my agent"]);
  expect(config.encryptionMasterKeys.map((key) => key.reveal().at(-1))).toEqual(["1", "2", "3"]);
});

test("empty variables and keys with nothing behind them count as unset", async () => {
  write("lettabox.yaml", "letta:\nlimits:\n  turnMs:\npublicUrl: ~\n");
  const config = await load({ env: { PORT: "", LETTA_API_KEY: " ", HOST: "", LETTA_APIKEY: "" } });
  expect(config).toMatchObject({ port: 8080, host: "127.0.0.1", upstream: "demo", limits: { turnMs: 1_800_000 } });
  write("lettabox.yaml", "# nothing\n");
  expect((await load()).port).toBe(8080);
});

test("where data is kept when nothing says so", async () => {
  const env = {
    HOME: "/home/ann",
    XDG_DATA_HOME: "/xdg",
    RAILWAY_VOLUME_MOUNT_PATH: "/volume",
    STATE_DIRECTORY: "/a:/b",
  };
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [env, "/a", "default, from STATE_DIRECTORY"],
    [{ ...env, STATE_DIRECTORY: "" }, "/volume", "default, from RAILWAY_VOLUME_MOUNT_PATH"],
    [{ HOME: env.HOME, XDG_DATA_HOME: env.XDG_DATA_HOME }, "/xdg/lettabox", "default, from XDG_DATA_HOME"],
    [{ HOME: env.HOME }, "/home/ann/.local/share/lettabox", "default, from HOME"],
    [{ ...env, DATA_DIR: "/mine" }, "/mine", "environment DATA_DIR"],
  ];
  for (const [given, dataDir, source] of cases) {
    const config = await load({ env: given });
    expect(config.dataDir).toBe(dataDir);
    expect(config.sources["dataDir"]).toBe(source);
  }
});

test("the file is looked for in its three places, nearest first", async () => {
  const files: Record<string, string> = { "/etc/lettabox/lettabox.yaml": "port: 1" };
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error("none"), { code: "ENOENT" });
    return content;
  };
  const port = async (env: Record<string, string> = {}) => (await load({ env, readFile })).port;
  expect(await port()).toBe(1);
  files["/home/ann/.config/lettabox/lettabox.yaml"] = "port: 2";
  expect(await port({ HOME: "/home/ann" })).toBe(2);
  files["/xdg/lettabox/lettabox.yaml"] = "port: 3";
  expect(await port({ HOME: "/home/ann", XDG_CONFIG_HOME: "/xdg" })).toBe(3);
  files[join(cwd(), "lettabox.yaml")] = "port: 4";
  expect(await port({ HOME: "/home/ann", XDG_CONFIG_HOME: "/xdg" })).toBe(4);
});

test("a file that is named must exist, and is the only one read", async () => {
  write("lettabox.yaml", "port: 1");
  write("other.yaml", "host: localhost");
  expect(await load({ flags: { config: "other.yaml" } })).toMatchObject({ host: "localhost", port: 8080 });
  expect(await problems({ flags: { config: "none.yaml" } })).toEqual([
    `${join(cwd(), "none.yaml")}: the file cannot be read (ENOENT); mend its path or its rights`,
  ]);
});

test("which upstream: key and address decide", async () => {
  const upstream = async (env: Record<string, string>) => {
    const { upstream: kind, letta } = await load({ env });
    return [kind, letta.baseUrl];
  };
  expect(await upstream({})).toEqual(["demo", undefined]);
  expect(await upstream({ LETTA_API_KEY: "k" })).toEqual(["cloud", "https://api.letta.com"]);
  expect(await upstream({ LETTA_API_KEY: "k", LETTA_BASE_URL: "https://api.letta.com/v1" })).toEqual([
    "cloud",
    "https://api.letta.com",
  ]);
  expect(await upstream({ LETTA_BASE_URL: "http://letta:8283/" })).toEqual(["self-hosted", "http://letta:8283"]);
  expect(await upstream({ LETTA_BASE_URL: "https://x.org/letta/v1", LETTA_API_KEY: "k" })).toEqual([
    "self-hosted",
    "https://x.org/letta",
  ]);
  expect(await problems({ env: { LETTA_BASE_URL: "https://api.letta.com" } })).toEqual([
    "LETTA_BASE_URL (environment): Letta Cloud needs a key; set LETTA_API_KEY (or LETTA_API_KEY_FILE)",
  ]);
  expect((await load({ env: { LETTA_AGENT_NAME: "ann" } })).notices).toEqual([
    "Agents are named, but no Letta server is configured: the demo answers",
  ]);
});

test("secrets come from files and from systemd credentials too", async () => {
  const path = write("key", ` ${token}\n`);
  expect((await load({ env: { LETTABOX_API_KEY_FILE: path } })).apiKey?.reveal()).toBe(token);
  expect((await load({ env: { LETTABOX_API_KEY_FILE: "key" } })).apiKey?.reveal()).toBe(token);
  write("credentials/ENCRYPTION_MASTER_KEY", `${masterKey}\n`);
  const env = { CREDENTIALS_DIRECTORY: join(cwd(), "credentials") };
  const config = await load({ env });
  expect(config.encryptionMasterKeys.map((key) => key.reveal())).toEqual([masterKey]);
  expect(config.sources["encryptionMasterKeys"]).toBe("systemd credential ENCRYPTION_MASTER_KEY");
  const fromEnv = await load({ env: { ...env, ENCRYPTION_MASTER_KEY: `${masterKey}2` } });
  expect(fromEnv.encryptionMasterKeys.map((key) => key.reveal())).toEqual([`${masterKey}2`]);
});

test("a secret file that is missing, empty or doubled is told, and nothing that follows from it", async () => {
  write("empty", " \n");
  expect(
    await problems({
      env: { HOST: "0.0.0.0", LETTABOX_API_KEY_FILE: "none", ENCRYPTION_MASTER_KEY_FILE: "empty" },
    }),
  ).toEqual([
    "ENCRYPTION_MASTER_KEY_FILE (environment): the file empty is empty; put the secret into it",
    "LETTABOX_API_KEY_FILE (environment): the file none cannot be read (ENOENT); mend its path or its rights",
  ]);
  expect(await problems({ env: { LETTA_API_KEY: "k", LETTA_API_KEY_FILE: "empty" } })).toContain(
    "LETTA_API_KEY and LETTA_API_KEY_FILE (environment): only one of them may be set; unset the other",
  );
});

test("a description starts with the upstream, names each source, and hides secrets", async () => {
  const lines = async (env: Record<string, string>) => configLines(describeConfig(await load({ env })));
  expect((await lines({}))[0]).toBe("upstream: demo");
  const env = {
    LETTA_API_KEY: "canary-1",
    LETTABOT_API_KEY: "canary-2-canary-2",
    ENCRYPTION_MASTER_KEY: `canary-3-${masterKey} canary-4-${masterKey}`,
    PORT: "0",
  };
  const text = await lines(env);
  expect(text[0]).toBe("upstream: cloud https://api.letta.com");
  expect(text).toContain("port: 0 (environment PORT)");
  expect(text).toContain("letta.apiKey: set (from environment LETTA_API_KEY)");
  expect(text).toContain("encryptionMasterKeys: 2 set (from environment ENCRYPTION_MASTER_KEY)");
  expect(text).toContain("publicUrl: (not set) (default)");
  const config = await load({ env });
  expect(config.notices).toEqual(["LETTABOT_API_KEY: accepted, now LETTABOX_API_KEY"]);
  const printed = [
    text.join(),
    JSON.stringify(describeConfig(config)),
    JSON.stringify(config),
    Bun.inspect(config),
  ].join();
  expect(printed).not.toContain("canary");
  expect(JSON.parse(JSON.stringify(describeConfig(config)))).toMatchObject({
    upstream: "cloud",
    server: "https://api.letta.com",
    settings: expect.arrayContaining([{ path: "apiKey", value: "[secret]", source: "environment LETTABOT_API_KEY" }]),
  });
});
