/** A chat front end with a person before it: keeps the messages, sends them all every time, as Open WebUI and LibreChat do. */
import OpenAI from "openai";
import type { TestApp } from "./app.ts";
import type { Letta } from "./letta.ts";

export type Message = OpenAI.ChatCompletionMessageParam;

/** The official client, which tries nothing again by itself unless told so. */
export const sdkOn = (
  box: Pick<TestApp, "url" | "token">,
  more: Partial<ConstructorParameters<typeof OpenAI>[0]> = {},
) => new OpenAI({ apiKey: box.token, baseURL: `${box.url}/v1`, maxRetries: 0, logLevel: "off", ...more });

/** The answer of a stream, as a client puts it together. */
export const readAnswer = async (stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> => {
  let text = "";
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
  return text;
};

export type FrontEnd = {
  /** Everything on the page; to be changed as a person or a front end would. */
  readonly messages: Message[];
  /** Writes, and shows the answer. */
  say(text: string): Promise<string>;
  /** Asks for another answer in the place of the last one. */
  regenerate(): Promise<string>;
  /** Goes back to the message at this index, writes another in its place, and lets go of what followed. */
  edit(at: number, text: string): Promise<string>;
};

export const openFrontEnd = (
  client: OpenAI,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly user?: string } = {},
  messages: Message[] = [],
): FrontEnd => {
  const { headers = {}, user } = options;
  const answer = async (): Promise<string> => {
    const body = { model: "Demo", messages, stream: true, ...(user === undefined ? {} : { user }) } as const;
    const content = await readAnswer(await client.chat.completions.create(body, { headers }));
    messages.push({ role: "assistant", content });
    return content;
  };
  const say = (content: string): Promise<string> => {
    messages.push({ role: "user", content });
    return answer();
  };
  return {
    messages,
    say,
    regenerate: () => {
      messages.pop();
      return answer();
    },
    edit: (at, text) => {
      messages.length = at;
      return say(text);
    },
  };
};

/** What the agent got with one message. */
export type Heard = {
  readonly words: string;
  /** The element in front of the words. */
  readonly envelope: string;
  readonly conversation: string | null;
};

/** Everything that was said to the agent, in order. */
export const heardBy = async (letta: Letta): Promise<readonly Heard[]> =>
  (await letta.posts()).map(({ texts: [envelope = "", ...words], conversation_id: conversation }) => ({
    words: words.join("\n"),
    envelope,
    conversation,
  }));

/** What it was told of earlier messages, as `by: text`. */
export const earlierIn = ({ envelope }: Heard): readonly string[] =>
  [...envelope.matchAll(/<message by="(\w+)">([^<]*)<\/message>/g)].map(([, by, text]) => `${by}: ${text}`);
