/** The `messages` of a completion request, in the shapes that the API allows. */
import { Fault } from "../../errors.ts";
import { asRecord } from "../body.ts";

export type Part =
  | { readonly kind: "text"; readonly text: string }
  /** Checked only when it is new: a refused one may stand in a history for ever. */
  | { readonly kind: "image"; readonly url: unknown; readonly field: string }
  | { readonly kind: "other"; readonly type: string; readonly field: string };

export type Message = {
  readonly role: "user" | "assistant" | "instructions" | "tool";
  readonly parts: readonly Part[];
  readonly name: string | undefined;
};

const roles: Readonly<Record<string, Message["role"]>> = {
  user: "user",
  assistant: "assistant",
  system: "instructions",
  developer: "instructions",
  tool: "tool",
  function: "tool",
};

const wrong = (message: string, field: string): never => {
  throw new Fault("bad_request", { message, field });
};

const textPart = (value: unknown, field: string): Part => {
  if (typeof value !== "string") return wrong(`${field} must be a string`, field);
  return { kind: "text", text: value.toWellFormed() };
};

const readPart = (value: unknown, field: string): Part => {
  const part = asRecord(value);
  switch (part["type"]) {
    case "text":
      return textPart(part["text"], `${field}.text`);
    case "refusal":
      return textPart(part["refusal"], `${field}.refusal`);
    case "image_url": {
      const { image_url: image } = part;
      // Some clients write the address alone.
      const url = typeof image === "string" ? image : asRecord(image)["url"];
      return { kind: "image", url, field: `${field}.image_url.url` };
    }
    default:
      if (typeof part["type"] !== "string") return wrong(`${field}.type must be a string`, `${field}.type`);
      return { kind: "other", type: part["type"], field };
  }
};

const readContent = (content: unknown, field: string): readonly Part[] => {
  if (content === undefined || content === null) return [];
  if (Array.isArray(content)) return content.map((part, index) => readPart(part, `${field}[${index}]`));
  if (typeof content !== "string") return wrong(`${field} must be a string or an array of parts`, field);
  return [textPart(content, field)];
};

const readMessage = (value: unknown, index: number): Message => {
  const field = `messages[${index}]`;
  const message = asRecord(value);
  const { role, name } = message;
  const known = typeof role === "string" && Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (known === undefined) {
    return wrong(`${field}.role must be one of: ${Object.keys(roles).join(", ")}`, `${field}.role`);
  }
  const parts = readContent(message["content"], `${field}.content`);
  return { role: known, parts, name: typeof name === "string" ? name : undefined };
};

/** Throws `bad_request` for the first thing that is wrong. */
export const readMessages = (value: unknown): readonly Message[] => {
  if (!Array.isArray(value) || value.length === 0) return wrong("messages must be a non-empty array", "messages");
  return value.map(readMessage);
};

/** What a message says, as text: in place of what is no text stands what it was. */
export const wordsOf = ({ parts }: Pick<Message, "parts">): string =>
  parts
    .map((part) => (part.kind === "text" ? part.text : part.kind === "image" ? "[image]" : `[${part.type}]`))
    .join("\n")
    .trim();
