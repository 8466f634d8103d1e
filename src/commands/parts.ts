/** From what a command says to outbox rows: here and in other chats, each button with an id. */
import type { Reply } from "../message.ts";
import type { NewPart } from "../store/outbox.ts";
import type { Delivery } from "../turn/deliver.ts";
import type { CommandReply } from "./command.ts";

/** A press names the turn whose answer had the button, and which of its buttons it was. */
const choiceId = (publicId: string, count: number): string => `${publicId.replace(/^turn_/, "")}/${count}`;

export const partsOf = (
  delivery: Delivery,
  publicId: string,
  { also = [], ...here }: CommandReply,
): readonly NewPart[] => {
  let count = 0;
  const withIds = ({ choices, ...said }: Omit<CommandReply, "also">): Reply => ({
    ...said,
    ...(choices && { choices: choices.map((choice) => ({ id: choiceId(publicId, (count += 1)), ...choice })) }),
  });
  return [
    ...delivery.toParts(withIds(here), "answer", null),
    ...also.flatMap(({ chat, reply }) => delivery.toPartsIn(chat, withIds(reply), `also-${chat}`)),
  ];
};
