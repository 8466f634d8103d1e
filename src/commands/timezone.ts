/** `/timezone`: in which zone the agent is told when its sender wrote. */
import { literal } from "../render/literal.ts";
import { personById } from "../store/people.ts";
import type { Command, CommandReply } from "./command.ts";

const usage = "/timezone [name | off]";
const mostOffered = 6;

/** The zone of this name as it is written properly; undefined when there is none. */
const zoneOf = (words: string): string | undefined => {
  const name = words.replaceAll(/\s+/g, "_");
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // This is how it says that there is no such zone; whoever asked is told.
    return undefined;
  }
};

const isOff = (words: string): boolean => /^(off|none|default)$/i.test(words);

const zonesWith = (words: string): readonly string[] => {
  const part = words.replaceAll(/\s+/g, "_").toLowerCase();
  return Intl.supportedValuesOf("timeZone").filter((zone) => zone.toLowerCase().includes(part));
};

const timeIn = (zone: string, at: number): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "long", hour: "2-digit", minute: "2-digit" }).format(at);

const tell = (zone: string | null, at: number): string =>
  zone === null
    ? `No time zone is set for you: agents are told times in UTC, where it is ${timeIn("UTC", at)}.`
    : `Your time zone is ${literal(zone)}, where it is ${timeIn(zone, at)}.`;

const suggest = (words: string): CommandReply => {
  const zones = zonesWith(words).slice(0, mostOffered);
  const none = `Nothing was changed: there is no time zone called ${literal(words)}.`;
  if (zones.length === 0) return { text: `${none} Send one like \`/timezone Europe/Paris\`.` };
  return { text: none, choices: zones.map((zone) => ({ label: zone, line: `/timezone ${zone}` })) };
};

export const timezone: Command = {
  name: "timezone",
  aliases: [],
  summary: "Set your time zone, so that agents know your local time",
  usage,
  takesWords: true,
  who: "anyone",
  when: "in-order",
  needs: "nothing",
  change: (words) => {
    if (isOff(words)) return { kind: "set-zone", zone: null };
    const zone = zoneOf(words);
    return zone === undefined ? undefined : { kind: "set-zone", zone };
  },
  answer: ({ words, person, store, now }) => {
    if (words !== "" && !isOff(words) && zoneOf(words) === undefined) return suggest(words);
    const set = person === null ? null : (personById(store.db, person)?.timezone ?? null);
    const text = tell(set, now());
    return words === "" ? { text: `${text} \`${usage}\` sets another one.` } : { text, inPlace: true };
  },
};
