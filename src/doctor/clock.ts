/** This machine's clock beside that of the Letta server, which says the time with every answer. */
import { type Check, fail, ok, skip, warn } from "./check.ts";

const fix = "Turn on time synchronisation (NTP), for example: timedatectl set-ntp true";

/** HTTP tells whole seconds. */
const nearMs = 5_000;
/** Platforms sign the time with what they send, and 5 minutes is what they allow. */
const farMs = 5 * 60_000;

export const clock: Check = {
  name: "clock",
  async run({ config: { letta }, fetch: request, now }, abort) {
    if (letta.baseUrl === undefined) return skip("There is no other clock to compare it with.");
    const asked = now();
    const response = await request(`${letta.baseUrl}/v1/health/`, { signal: abort, redirect: "manual" }).catch(
      () => undefined,
    );
    await response?.body?.cancel();
    const theirs = Date.parse(response?.headers.get("date") ?? "");
    if (Number.isNaN(theirs)) return skip("The Letta server does not say the time.");
    const skewMs = (asked + now()) / 2 - (theirs + 500);
    const seconds = Math.round(Math.abs(skewMs) / 1_000);
    if (Math.abs(skewMs) < nearMs) return ok("It agrees with the Letta server's.");
    const text = `It is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} the Letta server's.`;
    return Math.abs(skewMs) < farMs ? warn(text, fix) : fail(text, fix);
  },
};
