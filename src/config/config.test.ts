import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { configLines, describeConfig } from "./description.ts";
import { checkConfig, loadConfig, type ConfigInput } from "./config.ts";
import { asFault } from "../errors.ts";

const masterKey = "a-master-key-that-has-more-than-32-characters";
const token = "sixteen-chars-ok";

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), "lettabox-config-"))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const write = (path: string, content: string): string => {
  const full = join(cwd, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
};

const load = (input: Partial<ConfigInput> = {}) => loadConfig({ flags: {}, env: {}, cwd, ...input });

/** The problems of a configuration that is not valid, one each. */
const problems = async (input: Partial<ConfigInput> = {}): Promise<readonly string[]> => {
  const fault = await load(input).then(() => undefined, asFault);
  expect(fault?.code).toBe("config_invalid");
  const [title, ...lines] = (fault?.message ?? "").split("\n");
  expect(title).toBe("The configuration is not valid:");
  return lines.map((line) => line.trim());
};

test("an empty environment and no file is a valid configuration: the demo on this machine only", async () => {
  const config = await load();
  expect(config).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    dataDir: join(cwd, ".lettabox"),
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
    dataDir: join(cwd, "data"),
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
  files[join(cwd, "lettabox.yaml")] = "port: 4";
  expect(await port({ HOME: "/home/ann", XDG_CONFIG_HOME: "/xdg" })).toBe(4);
});

test("a file that is named must exist, and is the only one read", async () => {
  write("lettabox.yaml", "port: 1");
  write("other.yaml", "host: localhost");
  expect(await load({ flags: { config: "other.yaml" } })).toMatchObject({ host: "localhost", port: 8080 });
  expect(await problems({ flags: { config: "none.yaml" } })).toEqual([
    `${join(cwd, "none.yaml")}: the file cannot be read (ENOENT); mend its path or its rights`,
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

test("beyond loopback a token of one's own is required", async () => {
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "box.example.org", "127.0.0.1.example.org"]) {
    const [problem, ...more] = await problems({ env: { HOST: host } });
    expect(problem).toStartWith("HOST (environment): ");
    expect(problem).toContain("LETTABOX_API_KEY");
    expect(more).toEqual([]);
    expect((await load({ env: { HOST: host, LETTABOX_API_KEY: token } })).host).toBe(host);
  }
  for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"]) await load({ env: { HOST: host } });
  const file = write("lettabox.yaml", "host: 0.0.0.0");
  expect((await problems())[0]).toStartWith(`host (${file}:1): `);
  expect((await problems({ flags: { host: "0.0.0.0" } }))[0]).toStartWith("--host (command line): ");
});

test("secrets come from files and from systemd credentials too", async () => {
  const path = write("key", ` ${token}\n`);
  expect((await load({ env: { LETTABOX_API_KEY_FILE: path } })).apiKey?.reveal()).toBe(token);
  expect((await load({ env: { LETTABOX_API_KEY_FILE: "key" } })).apiKey?.reveal()).toBe(token);
  write("credentials/ENCRYPTION_MASTER_KEY", `${masterKey}\n`);
  const env = { CREDENTIALS_DIRECTORY: join(cwd, "credentials") };
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

test("names of other programs are accepted with a notice, and give way to ours", async () => {
  const config = await load({
    env: {
      LETTABOT_API_KEY: token,
      LETTA_API_URL: "http://letta:8283",
      LETTA_SERVER_PASSWORD: "pw",
      API_HOST: "0.0.0.0",
    },
  });
  expect(config).toMatchObject({ host: "0.0.0.0", upstream: "self-hosted" });
  expect(config.letta.apiKey?.reveal()).toBe("pw");
  expect(config.notices).toEqual([
    "API_HOST: accepted, now HOST",
    "LETTABOT_API_KEY: accepted, now LETTABOX_API_KEY",
    "LETTA_SERVER_PASSWORD: accepted, now LETTA_API_KEY",
    "LETTA_API_URL: accepted, now LETTA_BASE_URL",
  ]);
  const both = await load({ env: { LETTA_API_KEY: "ours", LETTA_PASSWORD: "theirs" } });
  expect(both.letta.apiKey?.reveal()).toBe("ours");
  expect(both.notices).toEqual(["LETTA_PASSWORD: ignored, because LETTA_API_KEY is set"]);
  write("pw", "from-file");
  expect((await load({ env: { LETTA_PASSWORD_FILE: "pw" } })).letta.apiKey?.reveal()).toBe("from-file");
});

test("two names of other programs that differ contradict each other; equal ones do not", async () => {
  expect(await problems({ env: { LETTA_PASSWORD: "one", LETTA_SERVER_PASSWORD: "another" } })).toEqual([
    "LETTA_SERVER_PASSWORD and LETTA_PASSWORD (environment): only one of them may be set; unset the other",
  ]);
  const { notices } = await load({ env: { LETTA_PASSWORD: "one", LETTA_SERVER_PASSWORD: "one" } });
  expect(notices).toEqual([
    "LETTA_SERVER_PASSWORD: accepted, now LETTA_API_KEY",
    "LETTA_PASSWORD: ignored, because LETTA_SERVER_PASSWORD is set",
  ]);
});

test("names of other programs for what is not built are not silently accepted", async () => {
  const env = {
    DISCORD_BOT_TOKEN: "x",
    HEARTBEAT_ENABLED: "true",
    TWILIO_AUTH_TOKEN_FILE: "none",
    SLACK_APP_TOKEN: "",
  };
  expect((await load({ env })).notices).toEqual([
    "TWILIO_AUTH_TOKEN_FILE: ignored; not supported yet (there is no channel for SMS, WhatsApp and RCS through Twilio)",
    "DISCORD_BOT_TOKEN: ignored; not supported yet (there is no Discord channel)",
    "HEARTBEAT_ENABLED: ignored; not supported yet (agents do not act by themselves)",
  ]);
});

test("turning the check of signatures off is refused, whatever else is configured", async () => {
  for (const off of ["false", "0", "No", " off "]) {
    expect(await problems({ env: { TWILIO_VALIDATE_SIGNATURE: off } })).toEqual([
      "TWILIO_VALIDATE_SIGNATURE (environment): signatures are always checked; remove it",
    ]);
  }
  for (const on of ["true", "1", "yes", ""]) await load({ env: { TWILIO_VALIDATE_SIGNATURE: on } });
});

test("the nearest word is named where there is a list of them", async () => {
  const file = write("lettabox.yaml", "logFormat: jsn\n");
  expect(await problems({ env: { LOG_LEVEL: "infos" } })).toEqual([
    "LOG_LEVEL (environment): must be one of debug, info, warn, error, silent; did you mean info?",
    `logFormat (${file}:1): must be one of text, json; did you mean json?`,
  ]);
});

test("problems for programs have the setting, the name it was given by, and the place", async () => {
  const file = write("lettabox.yaml", "letta:\n  agentIds:\n    - ok\n    - 7\n");
  const checked = await checkConfig({ flags: {}, env: { PORT: "x" }, cwd });
  expect(checked).toEqual({
    problems: [
      { name: "PORT", where: "environment", setting: "port", text: "must be a whole number from 0 to 65535" },
      {
        name: "letta.agentIds[1]",
        where: `${file}:4`,
        setting: "letta.agentIds",
        text: "must be a list of texts that are not empty",
      },
    ],
  });
});

test("unknown keys of the file are told at any depth, with the nearest known one", async () => {
  const file = write(
    "lettabox.yaml",
    "prot: 1\ndata_dir: x\nLETTA_API_KEY: x\nturnMs: 5\nzzzzzzzz: 1\nletta: { agentNmaes: [a] }\nlimits: { retentionDays: { file: 1 } }\n",
  );
  expect((await problems()).toSorted()).toEqual(
    [
      `prot (${file}:1): unknown; did you mean port?`,
      `data_dir (${file}:2): unknown; did you mean dataDir?`,
      `LETTA_API_KEY (${file}:3): unknown; did you mean letta.apiKey?`,
      `turnMs (${file}:4): unknown; did you mean limits.turnMs?`,
      `zzzzzzzz (${file}:5): unknown; remove it`,
      `letta.agentNmaes (${file}:6): unknown; did you mean letta.agentNames?`,
      `limits.retentionDays.file (${file}:7): unknown; did you mean limits.retentionDays.files?`,
    ].toSorted(),
  );
});

test("a misspelt environment name is told; names that are nobody's business of ours are not", async () => {
  expect(await problems({ env: { LETTABOX_API_KY: "x", LETTA_AGENT_IDS: "a", ENCRYPTION_MASTER_KEYS: "x" } })).toEqual([
    "LETTABOX_API_KY (environment): unknown; did you mean LETTABOX_API_KEY?",
    "LETTA_AGENT_IDS (environment): unknown; did you mean LETTA_AGENT_ID?",
    "ENCRYPTION_MASTER_KEYS (environment): unknown; did you mean ENCRYPTION_MASTER_KEY?",
  ]);
  await load({ env: { LETTA_PG_URI: "x", LETTA_OAUTH_CLIENT_ID: "x", LETTABOT_API_URL: "x", POR: "1", PATH: "/bin" } });
});

test("every problem is in one message, each with its key, its origin and the fix", async () => {
  const file = write(
    "lettabox.yaml",
    "letta: { agentIds: [ok, 7], background: maybe }\nlimits: none\npublicUrl: ftp://x\nlogFormat: xml\n",
  );
  expect(
    (
      await problems({
        flags: { port: "80a" },
        env: {
          HOST: "0.0.0.0",
          LOG_LEVEL: "loud",
          LETTABOX_API_KEY: "short",
          ENCRYPTION_MASTER_KEY: `${masterKey} short`,
          LETTA_BASE_URL: "http://user:pw@letta:8283",
          LETTA_API_KEY: "two words",
          DATA_DIR: "~/data",
        },
      })
    ).toSorted(),
  ).toEqual(
    [
      "--port (command line): must be a whole number from 0 to 65535",
      "DATA_DIR (environment): ~ is not expanded here; write the path out",
      `publicUrl (${file}:3): must be an address like https://lettabox.example.org, without user, query and #`,
      "ENCRYPTION_MASTER_KEY (environment): must have at least 32 characters each; make one with: openssl rand -hex 32",
      "LETTABOX_API_KEY (environment): must be one word of at least 16 printable ASCII characters; make one with: openssl rand -hex 32",
      "LOG_LEVEL (environment): must be one of debug, info, warn, error, silent",
      `logFormat (${file}:4): must be one of text, json`,
      "LETTA_API_KEY (environment): must be one word of printable ASCII characters",
      "LETTA_BASE_URL (environment): must be an address like http://localhost:8283, without user, query and #; a password goes into LETTA_API_KEY",
      `letta.agentIds[1] (${file}:1): must be a list of texts that are not empty`,
      `letta.background (${file}:1): must be true or false`,
      `limits (${file}:2): must be a group of settings`,
    ].toSorted(),
  );
});

test("ports, hosts and numbers at their edges", async () => {
  for (const port of ["-1", "65536", "1.5", "", "0x50", "1e3"]) {
    expect(await problems({ flags: { port } })).toEqual([
      "--port (command line): must be a whole number from 0 to 65535",
    ]);
  }
  for (const port of ["0", "65535", " 80 "]) expect((await load({ flags: { port } })).port).toBe(Number(port));
  for (const host of ["a b", "http://localhost", "localhost:80", "-x"]) {
    expect(await problems({ flags: { host }, env: { LETTABOX_API_KEY: token } })).toEqual([
      "--host (command line): must be an IP address or a host name",
    ]);
  }
});

test("YAML that cannot be read is told by line, without quoting the file", async () => {
  const canary = "canary-3fe1";
  for (const content of [
    `apiKey: ${canary}\nletta: [${canary}\n`,
    `apiKey: "${canary}`,
    `a: ${canary}\na: ${canary}\n`,
    `- ${canary}`,
    canary,
    `a: *${canary}`,
    `? [${canary}]\n: 1`,
    `letta: { "${canary} 1": 1 }`,
    `${canary} 1: 1`,
  ]) {
    const file = write("lettabox.yaml", content);
    const found = await problems();
    expect(found.join()).toContain(file);
    expect(found.join()).not.toContain(canary);
  }
});

test("no value, secret or not, is repeated in a problem", async () => {
  const canary = "canary 77aa";
  const secrets = { ENCRYPTION_MASTER_KEY: canary, LETTABOX_API_KEY: canary, LETTA_API_KEY: canary };
  const found = await problems({
    env: { ...secrets, PORT: canary, LETTA_BASE_URL: canary, LOG_LEVEL: canary, HOST: canary },
  });
  expect(found.length).toBeGreaterThan(6);
  expect(found.join()).not.toContain("canary");
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

test("names, proxies and origins are checked before anything is let in by them", async () => {
  write(
    "lettabox.yaml",
    'hosts: [Box, lettabox.internal]\ntrustedProxies: [127.0.0.1, 10.0.0.0/8, "fd00::/8", "::1"]\ncorsOrigins: "https://app.example.org http://localhost:3000"\n',
  );
  expect(await load()).toMatchObject({
    hosts: ["box", "lettabox.internal"],
    trustedProxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"],
    corsOrigins: ["https://app.example.org", "http://localhost:3000"],
    limits: { requestsPerMinute: 600, streamsPerToken: 100, badTokensPerMinute: 20 },
  });
  const wrong: Readonly<Record<string, readonly string[]>> = {
    hosts: ["box:8080", "https://box", "*", "a b/c"],
    trustedProxies: ["proxy", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/8/8", "10.0.0.0/-1", "fe80::1%eth0", "*"],
    corsOrigins: ["app.example.org", "https://app.example.org/", "https://App.example.org", "https://a@b", "null"],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      write("lettabox.yaml", `${name}: ["${value}"]\n`);
      expect(await problems()).toEqual([expect.stringMatching(new RegExp(`^${name}\\[0\\] .*: must be an? `))]);
    }
  }
});
