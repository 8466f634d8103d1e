/**
 * Names of LettaBot and letta-telegram for what this lettabox has not got. Whoever brings such an environment along is
 * told what will not happen; what is dangerous to ignore is refused. A name that a setting has by now is left to it.
 */
type Env = Readonly<Record<string, string | undefined>>;

type Foreign = { readonly names: string; readonly why: string };

const later: readonly Foreign[] = [
  {
    why: "who may talk to the bot, and in which groups, is set in chats and in lettabox.yaml",
    names:
      "TELEGRAM_GROUP_POLICY TELEGRAM_LISTENING_GROUPS " +
      "TELEGRAM_INSTANT_GROUPS TELEGRAM_GROUP_DEBOUNCE_SEC TELEGRAM_GROUP_POLL_INTERVAL_MIN TELEGRAM_ADMIN_CHAT_ID " +
      "TELEGRAM_CHAT_ID",
  },
  {
    why: "not supported (lettabox speaks as a bot, never as a person's account)",
    names: "TELEGRAM_API_ID TELEGRAM_API_HASH TELEGRAM_PHONE_NUMBER TELEGRAM_MTPROTO_DB_DIR",
  },
  {
    why: "not supported yet (there is no channel for SMS, WhatsApp and RCS through Twilio)",
    names:
      "TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_MESSAGING_SERVICE_SID TWILIO_SMS_FROM TWILIO_WHATSAPP_FROM " +
      "TWILIO_RCS_FROM TWILIO_API_ROOT",
  },
  {
    why: "not supported yet (there is no Discord channel)",
    names:
      "DISCORD_BOT_TOKEN DISCORD_APPLICATION_ID DISCORD_PUBLIC_KEY DISCORD_API_ROOT DISCORD_DM_POLICY " +
      "DISCORD_ALLOWED_USERS DISCORD_LISTENING_GROUPS DISCORD_INSTANT_GROUPS DISCORD_GROUP_DEBOUNCE_SEC " +
      "DISCORD_GROUP_POLL_INTERVAL_MIN",
  },
  {
    why: "not supported yet (there is no Slack channel)",
    names:
      "SLACK_BOT_TOKEN SLACK_SIGNING_SECRET SLACK_APP_TOKEN SLACK_API_ROOT SLACK_APP_NAME SLACK_DM_POLICY " +
      "SLACK_ALLOWED_USERS SLACK_LISTENING_GROUPS SLACK_INSTANT_GROUPS SLACK_GROUP_DEBOUNCE_SEC " +
      "SLACK_GROUP_POLL_INTERVAL_MIN",
  },
  {
    why: "not supported yet (there is no WhatsApp channel)",
    names:
      "WHATSAPP_ACCESS_TOKEN WHATSAPP_APP_SECRET WHATSAPP_VERIFY_TOKEN WHATSAPP_PHONE_NUMBER_ID WHATSAPP_API_ROOT " +
      "WHATSAPP_ENABLED WHATSAPP_SELF_CHAT_MODE WHATSAPP_SESSION_PATH WHATSAPP_DM_POLICY WHATSAPP_ALLOWED_USERS " +
      "WHATSAPP_LISTENING_GROUPS WHATSAPP_INSTANT_GROUPS WHATSAPP_GROUP_DEBOUNCE_SEC WHATSAPP_GROUP_POLL_INTERVAL_MIN",
  },
  {
    why: "not supported yet (there is no Signal channel)",
    names:
      "SIGNAL_RPC_URL SIGNAL_ACCOUNT SIGNAL_PHONE_NUMBER SIGNAL_CLI_PATH SIGNAL_CLI_REST_API_URL SIGNAL_HTTP_HOST " +
      "SIGNAL_HTTP_PORT SIGNAL_SELF_CHAT_MODE SIGNAL_READ_RECEIPTS SIGNAL_DM_POLICY SIGNAL_ALLOWED_USERS " +
      "SIGNAL_LISTENING_GROUPS SIGNAL_INSTANT_GROUPS SIGNAL_GROUP_DEBOUNCE_SEC SIGNAL_GROUP_POLL_INTERVAL_MIN",
  },
  {
    why: "not supported yet (agents do not act by themselves)",
    names:
      "HEARTBEAT_ENABLED HEARTBEAT_INTERVAL_MIN HEARTBEAT_SKIP_RECENT_USER_MIN HEARTBEAT_SKIP_RECENT_POLICY " +
      "HEARTBEAT_SKIP_RECENT_FRACTION HEARTBEAT_INTERRUPT_ON_USER_MESSAGE HEARTBEAT_PROMPT HEARTBEAT_TARGET " +
      "CRON_ENABLED CRON_STORE_PATH",
  },
  { why: "list origins under corsOrigins in lettabox.yaml", names: "API_CORS_ORIGIN" },
  {
    why: "not supported yet (nobody logs in with Letta)",
    names: "LETTA_OAUTH_CLIENT_ID LETTA_OAUTH_CLIENT_SECRET LETTA_OAUTH_CALLBACK_URL",
  },
  {
    why: "files of messages are fetched when an agent is to see them, and not kept",
    names: "ATTACHMENTS_MAX_MB ATTACHMENTS_MAX_BYTES ATTACHMENTS_MAX_AGE_DAYS",
  },
  { why: "lettabox reads lettabox.yaml", names: "LETTABOT_CONFIG LETTABOT_CONFIG_YAML" },
];

const no = /^(0|false|no|off)$/i;

/** Settings that would turn a protection off. Setting them to "on" changes nothing, so it is let pass. */
const refused = [{ name: "TWILIO_VALIDATE_SIGNATURE", why: "signatures are always checked; remove it" }] as const;

const names = (one: Foreign): readonly string[] => one.names.split(" ").flatMap((name) => [name, `${name}_FILE`]);

/** All of them, as the documentation may name them. */
export const foreignNames: readonly string[] = [...later.flatMap(names), ...refused.map(({ name }) => name)];

type Told = {
  /** A line for each that is set. */
  readonly ignored: readonly string[];
  /** All names of other programs that are known here. */
  readonly foreign: ReadonlySet<string>;
  readonly refused: readonly { readonly name: string; readonly text: string }[];
};

/** What there is to say about names in the environment that no setting has. */
export const tellForeign = (env: Env, isSetting: (name: string) => boolean): Told => ({
  ignored: later.flatMap((one) =>
    names(one)
      .filter((name) => env[name]?.trim() && !isSetting(name))
      .map((name) => `${name}: ignored; ${one.why}`),
  ),
  foreign: new Set(later.flatMap(names)),
  refused: refused.flatMap(({ name, why }) => (no.test(env[name]?.trim() ?? "") ? [{ name, text: why }] : [])),
});
