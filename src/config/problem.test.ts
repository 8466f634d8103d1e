import { expect, test } from "bun:test";
import { useConfigDir } from "../../test/support/config-dir.ts";
import { checkConfig } from "./config.ts";

const masterKey = "a-master-key-that-has-more-than-32-characters";
const token = "sixteen-chars-ok";
const { cwd, load, problems, write } = useConfigDir();

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

test("the nearest word is named where there is a list of them", async () => {
  const file = write("lettabox.yaml", "logFormat: jsn\n");
  expect(await problems({ env: { LOG_LEVEL: "infos" } })).toEqual([
    "LOG_LEVEL (environment): must be one of debug, info, warn, error, silent; did you mean info?",
    `logFormat (${file}:1): must be one of text, json; did you mean json?`,
  ]);
});

test("problems for programs have the setting, the name it was given by, and the place", async () => {
  const file = write("lettabox.yaml", "letta:\n  agentIds:\n    - ok\n    - 7\n");
  const checked = await checkConfig({ flags: {}, env: { PORT: "x" }, cwd: cwd() });
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
