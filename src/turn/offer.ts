/** Buttons: what they are called, what they stand for, and what becomes of them where a platform has none. Pure. */
import type { Limits } from "../channels/channel.ts";
import type { Choice, Reply } from "../message.ts";
import { literal } from "../render/literal.ts";

/** A button as whoever speaks knows it: what it says, and the command line that a press of it stands for. */
export type Offer = { readonly label: string; readonly line: string };

/** What lettabox says, before it is cut to a platform's measure. */
export type Words = Omit<Reply, "choices"> & { readonly choices?: readonly Offer[] };

/** Buttons count for so long. */
export const offerMs = 3_600_000;

/**
 * What a press names: the turn that the buttons belong to, and which they are. `tag` tells apart those of several
 * messages of one turn; the whole is at most 64 bytes, as Telegram wants it.
 */
const choiceId = (publicId: string, tag: string, index: number): string =>
  `${publicId.replace(/^turn_/, "")}/${tag}${index + 1}`;

/** The public id of the turn that a choice belongs to; undefined for what is no id of ours. */
export const turnOfChoice = (id: string): string | undefined => {
  const [, hex] = /^([0-9a-f]{32})\//.exec(id) ?? [];
  return hex === undefined ? undefined : `turn_${hex}`;
};

export const toChoices = (offers: readonly Offer[], publicId: string, tag: string): readonly Choice[] =>
  offers.map(({ label, line }, index) => ({ id: choiceId(publicId, tag, index), label, line }));

/** Whether the platform can show these buttons, each of them with all of its words. */
export const fits = (offers: readonly Offer[], { max, labelMax }: Limits["choices"]): boolean =>
  offers.length <= max && offers.every(({ label }) => label.length <= labelMax);

/** The same as a list in the text, for people to answer with a number. */
export const numbered = (text: string, offers: readonly Offer[]): string =>
  [
    text,
    offers.map(({ label }, index) => `${index + 1}. ${literal(label)}`).join("\n"),
    offers.length === 1 ? "Answer 1 to choose it." : `Answer with a number from 1 to ${offers.length}.`,
  ].join("\n\n");
