/** The tool by which an agent sends a file to the chat it is answering. */
import type { ClientTool } from "../letta/upstream.ts";
import { tidyName, typeOf } from "./file-facts.ts";
import type { MadeFile } from "./made-files.ts";

export const fileTool: ClientTool = {
  name: "send_file",
  description:
    "Sends a file to the chat whose message you are answering. Use it when they ask for a file, or when what you have " +
    "made is better kept as one: a table, a page, a picture. Your answer goes to them as well; do not repeat in it " +
    "what stands in the file.",
  parameters: {
    type: "object",
    properties: {
      name: { type: "string", description: "What the file is called, with its ending: report.csv" },
      content: { type: "string", description: "What stands in the file: text, or base64 where it is none." },
      encoding: { type: "string", enum: ["text", "base64"], description: "How `content` is written; text otherwise." },
      caption: { type: "string", description: "A line that is shown with the file." },
    },
    required: ["name", "content"],
  },
};

export type FileWish = MadeFile & { readonly caption: string };

const mostCaptionChars = 500;
/** In two steps, because one pattern for both would look at white space again and again. */
const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/\s]*$/.test(text.trimEnd().replace(/={1,2}$/, ""));

const size = (bytes: number): string => `${bytes} bytes`;

/** The file that a call asks for, or why there is none. */
export const readWish = (rawArguments: string, most: number): FileWish | string => {
  let given: unknown;
  try {
    given = JSON.parse(rawArguments);
  } catch {
    return "The arguments are not JSON.";
  }
  const { name, content, encoding = "text", caption = "" } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || name.trim() === "") return "`name` must be a text with something in it.";
  if (typeof content !== "string" || content === "") return "`content` must be a text with something in it.";
  if (encoding !== "text" && encoding !== "base64") return '`encoding` must be "text" or "base64".';
  if (typeof caption !== "string") return "`caption` must be a text.";
  if (encoding === "base64" && !isBase64(content)) return "`content` is not base64.";
  const bytes = Buffer.from(content, encoding === "text" ? "utf8" : "base64");
  if (bytes.length === 0) return "`content` is not base64.";
  if (bytes.length > most) return `The file has ${size(bytes.length)}, and at most ${size(most)} can be sent here.`;
  const tidy = tidyName(name);
  return { name: tidy, mime: typeOf(tidy), bytes, caption: caption.slice(0, mostCaptionChars).toWellFormed() };
};
