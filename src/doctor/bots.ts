/** The bots: whether their platforms take their keys, and show them what they are set up to hear. */
import { openBots } from "../bots.ts";
import type { Identity } from "../channels/channel.ts";
import type { BotSettings } from "../config/bots.ts";
import { asFault } from "../errors.ts";
import { createLog } from "../log.ts";
import { type Check, fail, type Finding, ok, type Patient, skip, warn } from "./check.ts";

const reached = (fault: ReturnType<typeof asFault>): string =>
  fault.code === "bot_rejected"
    ? "Make a new key on the platform, and set it."
    : (fault.hint ?? "Check that this machine may reach the platform, and look again.");

/** What is said of a bot whose platform knows it. */
const judge = ({ slug, access }: BotSettings, { name, hearsAll }: Identity): Finding => {
  const { mode } = access.groups;
  const wants = mode === "open" || mode === "listen";
  if (wants && hearsAll === false)
    return warn(
      `${slug} is ${name}, whose platform shows it only what is addressed to it; groups.mode is ${mode}.`,
      "Let it see all messages of groups where its platform allows that, or make it their administrator.",
    );
  return ok(`${slug} is ${name}.`);
};

const look = async (patient: Patient, bot: BotSettings, abort: AbortSignal): Promise<Finding> => {
  const { config, now } = patient;
  try {
    const [opened] = await openBots({
      config: { ...config, bots: [bot] },
      // Who it is can be asked without any: nothing is registered here.
      secretFor: () => "",
      commands: [],
      log: createLog({ level: "silent", format: "json" }),
      now,
    });
    return opened ? judge(bot, await opened.channel.check(abort)) : skip(`${bot.slug} cannot be opened.`);
  } catch (error) {
    const fault = asFault(error);
    return fail(`${bot.slug}: ${fault.message}`, reached(fault));
  }
};

const gravity = ["fail", "warn", "skip", "ok"] as const;

export const bots: Check = {
  name: "bots",
  async run(patient, abort) {
    const found = await Promise.all(patient.config.bots.map((bot) => look(patient, bot, abort)));
    if (found.length === 0) return skip("None is configured.");
    const [worst = "ok"] = gravity.filter((state) => found.some((one) => one.state === state));
    const fixes = [...new Set(found.flatMap(({ fix }) => fix ?? []))].join(" ");
    const text = found.map((one) => one.text).join(" ");
    return { state: worst, text, ...(fixes === "" ? {} : { fix: fixes }) };
  },
};
