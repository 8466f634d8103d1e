/** The tool by which an agent keeps something about the person it talks to. Executed here, on that person's text alone. */
import type { ClientTool } from "../letta/upstream.ts";
import type { CallOutcome } from "../store/approvals.ts";
import { mostPersonaChars, tidyPersona } from "../store/persona-text.ts";

export const personaTool: ClientTool = {
  name: "update_persona",
  description:
    "Keeps something about the person whose message you are answering, so that you know it in every later conversation " +
    "with them. Use it when they tell you something lasting about themselves, or ask you to remember or to forget " +
    "something about them. What is kept is shown to you with their messages, never with those of others; the person can " +
    "read, change and delete it. Never keep passwords or keys. The answer shows everything that is kept now.",
  parameters: {
    type: "object",
    properties: {
      text: {
        type: "string",
        description: `What to keep, in short lines. At most ${mostPersonaChars} characters in all.`,
      },
      mode: {
        type: "string",
        enum: ["add", "replace"],
        description:
          "add (the default): as a new line behind what is kept. replace: in the place of everything that is kept, to " +
          "correct or delete something; an empty text deletes all.",
      },
    },
    required: ["text"],
  },
};

type Wish = { readonly text: string; readonly mode: "add" | "replace" };

const parseWish = (rawArguments: string): Wish | string => {
  let given: unknown;
  try {
    given = JSON.parse(rawArguments);
  } catch {
    return "The arguments are not JSON.";
  }
  const { text, mode = "add" } = (given ?? {}) as { readonly text?: unknown; readonly mode?: unknown };
  if (typeof text !== "string") return "`text` must be a text.";
  if (mode !== "add" && mode !== "replace") return '`mode` must be "add" or "replace".';
  return { text: tidyPersona(text), mode };
};

const applyWish = (kept: string, { text, mode }: Wish): string => {
  if (mode === "replace") return text;
  const isKept = `\n${kept}\n`.includes(`\n${text}\n`);
  return text === "" || isKept ? kept : kept === "" ? text : `${kept}\n${text}`;
};

const describe = (text: string): string =>
  text === ""
    ? "Nothing is kept about this person now."
    : `Kept. Everything that is kept about this person now (${text.length} of ${mostPersonaChars} characters):\n${text}`;

/** What one call makes of the text that is kept, and what the agent is answered. */
export const keep = (kept: string, rawArguments: string): { readonly text: string; readonly outcome: CallOutcome } => {
  const refuse = (why: string) => ({ text: kept, outcome: { ok: false, text: `Nothing was changed. ${why}` } });
  const wish = parseWish(rawArguments);
  if (typeof wish === "string") return refuse(wish);
  const text = applyWish(kept, wish);
  if (text.length > mostPersonaChars && text.length > kept.length) {
    const advice = 'Say it shorter, or make all of it shorter with the mode "replace".';
    return refuse(`That would be ${text.length} characters, and at most ${mostPersonaChars} are kept. ${advice}`);
  }
  return { text, outcome: { ok: true, text: describe(text) } };
};
