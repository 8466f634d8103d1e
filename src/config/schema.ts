/**
 * Every setting: what it may be, its names, what it is for. The documentation, the example file and the JSON Schema for
 * editors are made from this.
 */
import { z } from "zod";
import type { ChannelDeclaration } from "../channels/declaration.ts";
import { declarations } from "../channels/registry.ts";
import { masterKeyMinChars } from "../crypto/keys.ts";
import { logFormats, logLevels } from "../log.ts";
import { conversationPolicies } from "../message.ts";
import { say } from "./about.ts";
import { type BotSettings, botsType } from "./bots.ts";
import { completions } from "./completions.ts";
import { days, directory, group, host, hostName, key, list, ms, names, network, oneOf, origin } from "./kinds.ts";
import { mostBodyBytes, passphrase, place, text, webAddress, wholeNumber, yesOrNo } from "./kinds.ts";

const shape = {
  host: say(
    {
      text: "address to listen on; beyond this machine, `LETTABOX_API_KEY` is required",
      env: "HOST",
      aliases: ["API_HOST"],
      flag: "host",
    },
    host.default("127.0.0.1"),
  ),
  port: say(
    { text: "port to listen on; 0 lets the system choose", env: "PORT", flag: "port" },
    wholeNumber(0, 65_535).default(8080),
  ),
  dataDir: say(
    {
      text: "where everything is kept; a relative path begins where lettabox is started",
      env: "DATA_DIR",
      flag: "dataDir",
      example: "/var/lib/lettabox",
    },
    directory.optional(),
  ),
  publicUrl: say(
    {
      text: "where the world reaches this server; the API answers under this name",
      env: "PUBLIC_URL",
      flag: "publicUrl",
      example: "https://lettabox.example.org",
    },
    webAddress("must be an address like https://lettabox.example.org, without user, query and #").optional(),
  ),
  hosts: say(
    {
      text:
        "more names under which the API answers; beside them it is `publicUrl`'s, `localhost` and any IP address, and " +
        "every other is a 421",
      example: ["lettabox.internal"],
    },
    list(hostName, /[\s,]+/),
  ),
  trustedProxies: say(
    {
      text: "proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses, or networks like `10.0.0.0/8`",
      example: ["127.0.0.1", "10.0.0.0/8"],
    },
    list(network, /[\s,]+/),
  ),
  corsOrigins: say(
    {
      text: "web origins whose pages may call the API from a browser; `*` is all of them",
      example: ["https://app.example.org"],
    },
    list(origin, /[\s,]+/),
  ),
  encryptionMasterKeys: say(
    {
      text:
        "what secrets are sealed with, 32 characters or more; several with commas or spaces between them, the newest " +
        "first. Otherwise `DATA_DIR/master.key`, made at the first start",
      env: "ENCRYPTION_MASTER_KEY",
      secret: true,
      example: ["<openssl rand -hex 32>"],
    },
    list(passphrase(masterKeyMinChars), /[\s,]+/),
  ),
  apiKey: say(
    {
      text: "an admin token for the API, 16 characters or more",
      env: "LETTABOX_API_KEY",
      aliases: ["LETTABOT_API_KEY"],
      secret: true,
      example: "<openssl rand -hex 32>",
    },
    key(16).optional(),
  ),
  logLevel: say(
    {
      text: "`debug`, `info`, `warn`, `error` or `silent`; `lettabox log-level` changes it while the server runs",
      env: "LOG_LEVEL",
      aliases: ["LETTABOT_LOG_LEVEL"],
      flag: "logLevel",
    },
    oneOf(logLevels).default("info"),
  ),
  logFormat: say(
    {
      text: "`text` or `json`; otherwise text on a terminal, else json",
      env: "LOG_FORMAT",
      flag: "logFormat",
      example: "json",
    },
    oneOf(logFormats).optional(),
  ),
  letta: say(
    "The Letta server and the agents on it. Without key and address, the built-in demo agent answers.",
    group({
      apiKey: say(
        {
          text: "key of Letta Cloud, or the password of your own server",
          env: "LETTA_API_KEY",
          aliases: ["LETTA_SERVER_PASSWORD", "LETTA_PASSWORD"],
          secret: true,
          example: "<your Letta key>",
        },
        key().optional(),
      ),
      baseUrl: say(
        {
          text: "your own Letta server; without it, Letta Cloud if there is a key, else the demo agent",
          env: "LETTA_BASE_URL",
          aliases: ["LETTA_API_URL"],
          example: "http://localhost:8283",
        },
        webAddress(
          "must be an address like http://localhost:8283, without user, query and #; a password goes into LETTA_API_KEY",
        )
          .transform((url) => url.replace(/\/v1$/, ""))
          .optional(),
      ),
      projectId: say(
        { text: "project on Letta Cloud", env: "LETTA_PROJECT_ID", example: "project-00000000" },
        text("must be a project id").optional(),
      ),
      agentIds: say(
        {
          text: "agents that may be talked to, the default first; several with commas between them",
          env: "LETTA_AGENT_ID",
          example: ["agent-00000000-0000-4000-8000-000000000000"],
        },
        names(),
      ),
      agentNames: say(
        {
          text: "the same by name; behind those named by id. Without either, all of the account",
          env: "LETTA_AGENT_NAME",
          example: ["Ada's assistant"],
        },
        names(),
      ),
      background: say(
        { text: "runs turns in Letta's background mode, which a self-hosted server has only with Redis" },
        yesOrNo.default(false),
      ),
    })
      .readonly()
      .prefault({}),
  ),
  conversations: say(
    {
      text:
        "which conversation of the agent a chat gets: `per-chat`, `per-person`, `per-channel` or `shared`; a bot may have " +
        "another",
    },
    oneOf(conversationPolicies).default("per-chat"),
  ),
  people: say(
    "What agents know of the people who write to them.",
    group({
      memory: say(
        {
          text:
            "`note`: what is kept about a person is told to the agent with their messages, and the agent can keep more; " +
            "`off`: neither",
        },
        oneOf(["note", "off"]).default("note"),
      ),
      noteEvery: say(
        { text: "the same note is told again after so many turns of a person in a conversation; 0 is never" },
        wholeNumber(0, 1000).default(20),
      ),
      identities: say(
        { text: "mirrors each person as a Letta identity of type `user`, which nothing but listings uses" },
        yesOrNo.default(false),
      ),
    })
      .readonly()
      .prefault({}),
  ),
  completions,
  metrics: say(
    "Metrics for Prometheus.",
    group({
      listen: say(
        {
          text:
            "address and port of a listener that answers `/metrics` alone, without a token; without it, the API does, with " +
            "the scope `read`",
          env: "METRICS_LISTEN",
          example: "127.0.0.1:9464",
        },
        place.optional(),
      ),
    })
      .readonly()
      .prefault({}),
  ),
  limits: say(
    "How much, and for how long. Durations end in `Ms` and are milliseconds.",
    group({
      messageChars: say({ text: "longest message that the API accepts" }, wholeNumber(1, 10_000_000).default(10_000)),
      bodyBytes: say(
        { text: "largest request body that the API accepts" },
        wholeNumber(1024, mostBodyBytes).default(1024 * 1024),
      ),
      formBytes: say(
        { text: "largest form that `/api/v1/messages` accepts: with the file that it carries" },
        wholeNumber(1024, mostBodyBytes).default(50 * 1024 * 1024),
      ),
      requestsPerMinute: say(
        {
          text: "requests that one token may make in a minute; 0 is no limit. A token may have another, and admin tokens have none",
        },
        wholeNumber(0, 1_000_000).default(600),
      ),
      streamsPerToken: say(
        {
          text: "event streams that one token may hold open at a time; 0 is no limit. Admin tokens have none",
        },
        wholeNumber(0, 1_000_000).default(100),
      ),
      badTokensPerMinute: say(
        {
          text: "wrong tokens from one address that are answered 401 in a minute, before it is 429; 0 is no limit",
        },
        wholeNumber(0, 1_000_000).default(20),
      ),
      runningPerChat: say(
        { text: "turns of one API chat, person or group that run at a time" },
        wholeNumber(1, 1000).default(4),
      ),
      turnMs: say({ text: "longest that a turn may take" }, ms(30 * 60 * 1000)),
      patienceMs: say({ text: "how long a turn that Letta does not take is tried again" }, ms(10 * 60 * 1000)),
      drainMs: say({ text: "how long a stop waits for what still runs" }, ms(10_000)),
      retentionDays: say(
        "Days until what is over is deleted.",
        group({
          payloads: say({ text: "days that messages and answers are kept" }, days(30)),
          files: say({ text: "days that files which agents and programs have sent are kept" }, days(14)),
          deadLetters: say({ text: "days that dead letters are kept" }, days(90)),
        })
          .readonly()
          .prefault({}),
      ),
    })
      .readonly()
      .prefault({}),
  ),
};

const withoutBots = group(shape).readonly();

/** Settings as they are after the check. `bots` is there where there are channels. */
export type Settings = z.output<typeof withoutBots> & { readonly bots?: readonly BotSettings[] };

/** The settings where these channels can be configured. */
export const schemaFor = (channels: Readonly<Record<string, ChannelDeclaration>>): z.ZodType<Settings> => {
  const bots = botsType(channels);
  return bots === undefined ? withoutBots : group({ ...shape, bots }).readonly();
};

/** The settings of this build. */
export const schema = schemaFor(declarations);
