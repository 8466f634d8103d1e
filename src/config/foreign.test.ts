import { expect, test } from "bun:test";
import { useConfigDir } from "../../test/support/config-dir.ts";

const token = "sixteen-chars-ok";
const { load, problems, write } = useConfigDir();

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
