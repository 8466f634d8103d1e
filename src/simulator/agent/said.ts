/** What a person said, out of the messages that carried it. */

export type ContentPart = { readonly type: string; readonly text?: string | undefined };

export type Spoken = { readonly role: string; readonly content: string | readonly ContentPart[] };

/** lettabox tells the agent who speaks in a text part of its own, before the person's words. */
const envelope = "<lettabox";

/** Every text of a message, metadata included. */
export const textsOf = (content: Spoken["content"]): readonly string[] =>
  typeof content === "string" ? [content] : content.flatMap((part) => (part.text === undefined ? [] : [part.text]));

const wordsOf = (content: Spoken["content"]): string => {
  const texts = [...textsOf(content)];
  // Alone in a message, it is what somebody wrote.
  const metadata =
    content.length > 1 && typeof content !== "string" ? texts.findIndex((text) => text.startsWith(envelope)) : -1;
  if (metadata >= 0) texts.splice(metadata, 1);
  return texts.join("\n");
};

export type Said = {
  /** One entry per user message that had words. */
  readonly texts: readonly string[];
  readonly images: number;
};

export const saidIn = (messages: readonly Spoken[]): Said => {
  const spoken = messages.filter(({ role }) => role === "user");
  return {
    texts: spoken.map(({ content }) => wordsOf(content)).filter((text) => text !== ""),
    images: spoken
      .flatMap(({ content }) => (typeof content === "string" ? [] : content))
      .filter(({ type }) => type === "image").length,
  };
};
