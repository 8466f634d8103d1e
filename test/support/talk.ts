/** A conversation with a box, in the words of a test: Ada writes in a chat of her own, unless it says otherwise. */
import { expect } from "bun:test";
import type { Box } from "./box.ts";
import { png } from "./pictures.ts";
import type { StubUpdate } from "./stub/channel.ts";
import type { Message } from "./stub/platform.ts";

export const talkWith = (box: () => Box) => {
  let serial = 0;

  const write = (text: string, more: Partial<StubUpdate> = {}): Promise<Response> => {
    serial += 1;
    return box().deliver({ id: `w${serial}`, chat: "ada", from: "ada", text, ...more });
  };

  const textsIn = (chat: string): readonly string[] =>
    box()
      .standing(chat)
      .map((one) => one.text);

  /** Waits for a message in the chat that has these words. */
  const told = (words: string, chat = "ada"): Promise<string> =>
    box().until(() => textsIn(chat).find((text) => text.includes(words)));

  /** Waits until the agent is in the middle of a word-by-word answer. */
  const speaking = (chat = "ada"): Promise<unknown> =>
    box().until(() =>
      box()
        .platform.messages()
        .find((one) => one.chat === chat && one.preview),
    );

  /**
   * Writes something whose turn runs until what is answered here is called: the agent does not hear of it before, since a
   * picture of it is still on its way.
   */
  const hold = async (text: string, more: Partial<StubUpdate> = {}): Promise<() => void> => {
    const { platform } = box();
    const id = `held${serial}`;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    platform.offer(id, png(5, 5));
    platform.holdFiles(held);
    await write(text, { ...more, files: [{ id, kind: "image" }] });
    await box().until(() => (platform.downloads().includes(id) ? true : undefined));
    return release;
  };

  /** In which conversation somebody's words stand; `null` is the agent's own. */
  const conversationOf = async (words: string): Promise<string | null> => {
    const { id } = await box().until(async () => {
      const answer = await fetch(`${box().letta}/demo/history`);
      const entries = (await answer.json()) as { role: string; text: string; conversation_id: string | null }[];
      const entry = entries.find((one) => one.role === "user" && one.text.endsWith(words));
      return entry ? { id: entry.conversation_id } : undefined;
    });
    return id;
  };

  /** Everything that was posted to the Letta server, as text. */
  const posted = async (): Promise<string> => (await fetch(`${box().letta}/demo/requests`)).text();

  /** Expects that these words stand in Ada's chat, one below the other. */
  const inOrder = (words: readonly string[]): void => {
    const found = words.map((word) => textsIn("ada").findIndex((text) => text.includes(word)));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((one, other) => one - other));
  };

  /** The message with these words, as it stands in the chat now, with buttons. */
  const shown = (words: string, chat = "ada"): Promise<Message> =>
    box().until(() =>
      box()
        .standing(chat)
        .find(({ text, choices }) => text.includes(words) && choices !== undefined),
    );

  /** Presses the button with this label on a message, once or as often as it says; in its chat, unless it says otherwise. */
  const press = async (on: Message, label: string, more: Partial<StubUpdate> & { times?: number } = {}) => {
    const { times = 1, ...update } = more;
    const choice = on.choices?.find((one) => one.label === label);
    if (!choice) throw new Error(`there is no button "${label}" on "${on.text}"`);
    serial += 1;
    const { chat } = on;
    const event = {
      id: `p${serial}`,
      chat,
      from: chat,
      text: "",
      kind: "press",
      about: on.id,
      choice: choice.id,
    } as const;
    const pressId = `press-${serial}`;
    await Promise.all(Array.from({ length: times }, () => box().deliver({ ...event, pressId, ...update })));
    return pressId;
  };

  return { write, hold, shown, press, textsIn, told, speaking, conversationOf, posted, inOrder };
};
