/** What a message holds beside text and files, in words. */
import type { Message } from "grammy/types";
import type { Attachment } from "../../message.ts";

type Named = { readonly title: string; readonly address: string };

const coordinates = ({ latitude, longitude }: { readonly latitude: number; readonly longitude: number }): string =>
  `latitude ${latitude}, longitude ${longitude}`;

const lines = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join("\n");

type Holding = Pick<
  Message,
  "checklist" | "contact" | "dice" | "game" | "location" | "poll" | "sticker" | "story" | "venue"
>;

const placeOf = ({ location, venue }: Holding): Attachment | undefined => {
  if (venue) {
    const { title, address }: Named = venue;
    return { what: "venue", text: lines(title, address, coordinates(venue.location)) };
  }
  if (!location) return undefined;
  const { live_period, horizontal_accuracy } = location;
  const live = live_period === undefined ? undefined : "shared live";
  const accuracy = horizontal_accuracy === undefined ? undefined : `within ${Math.round(horizontal_accuracy)} m`;
  return { what: "location", text: [coordinates(location), accuracy, live].filter(Boolean).join(", ") };
};

export const attachmentsOf = (message: Holding): readonly Attachment[] => {
  const { checklist, contact, dice, game, poll, sticker, story } = message;
  const found: Attachment[] = [];
  const place = placeOf(message);
  if (place) found.push(place);
  if (sticker) {
    const set = sticker.set_name === undefined ? "" : ` from the set ${sticker.set_name}`;
    found.push({ what: "sticker", text: `${sticker.emoji ?? "without an emoji"}${set}` });
  }
  if (contact) {
    const { first_name, last_name, phone_number } = contact;
    found.push({ what: "contact", text: lines([first_name, last_name].filter(Boolean).join(" "), phone_number) });
  }
  if (poll) {
    const options = poll.options.map(({ text, voter_count }) => `- ${text} (${voter_count})`);
    found.push({ what: "poll", text: lines(poll.question, ...options, poll.is_closed ? "closed" : undefined) });
  }
  if (dice) found.push({ what: "dice", text: `${dice.emoji} ${dice.value}` });
  if (checklist) {
    const tasks = checklist.tasks.map(({ text, completion_date }) => `- [${completion_date ? "x" : " "}] ${text}`);
    found.push({ what: "checklist", text: lines(checklist.title, ...tasks) });
  }
  if (game) found.push({ what: "game", text: lines(game.title, game.description) });
  if (story) found.push({ what: "story", text: "a story, which bots cannot see" });
  return found;
};
