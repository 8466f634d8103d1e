/**
 * What front ends ask for themselves: titles, tags, follow-up questions and the like. An agent would take it for words of
 * the person and remember it, so it is answered here, by rule. Known by the front end's header or by the first words of
 * its documented prompt, and by nothing else: a prompt of one's own making goes to the agent.
 */
import type { CompletionRequest } from "./completion-request.ts";
import { saidIn } from "./caller-chat.ts";
import { wordsOf } from "./messages.ts";

export type Task =
  | "title"
  | "plain title"
  | "tags"
  | "follow-ups"
  | "autocompletion"
  | "queries"
  | "image prompt"
  | "function calls"
  | "other";

/** How the default prompts of Open WebUI (those behind `### Task:`) and LibreChat begin. */
const openings: readonly (readonly [opening: RegExp, task: Task])[] = [
  [/^### Task:\s+Generate a concise\b[^\n]* title\b[^\n]* summarizing the chat history\./, "title"],
  [/^### Task:\s+Generate 1-3 broad tags categorizing the main themes of the chat history/, "tags"],
  [/^### Task:\s+Suggest 3-5 relevant follow-up questions or prompts/, "follow-ups"],
  [/^### Task:\s+You are an autocompletion system\./, "autocompletion"],
  [/^### Task:\s+Analyze the chat history to determine the necessity of generating search queries/, "queries"],
  [/^### Task:\s+Generate a detailed prompt for am? image generation task/, "image prompt"],
  [/^Provide a concise, 5-word-or-less title for the conversation, using title case conventions\./, "plain title"],
  [
    /^Analyze this conversation and provide:\n1\. The detected language of the conversation\n2\. A concise/,
    "plain title",
  ],
];

/** What Open WebUI writes where a connection's header says `{{TASK}}`. */
const named: Readonly<Record<string, Task>> = {
  title_generation: "title",
  tags_generation: "tags",
  follow_up_generation: "follow-ups",
  autocomplete_generation: "autocompletion",
  query_generation: "queries",
  image_prompt_generation: "image prompt",
  function_calling: "function calls",
};

/** The task that a request is; undefined for what a person said. */
export const taskOf = (headers: Headers, { messages }: Pick<CompletionRequest, "messages">): Task | undefined => {
  const name = saidIn(headers, "x-openwebui-task");
  if (name !== undefined) return Object.hasOwn(named, name) ? named[name] : "other";
  const said = messages.filter(({ role }) => role !== "instructions");
  const [only] = said;
  if (said.length !== 1 || only === undefined) return undefined;
  const words = wordsOf(only);
  return openings.find(([opening]) => opening.test(words))?.[1];
};

const titleWords = 5;
const titleChars = 40;

/** The first thing that the person said, in the transcripts that the prompts carry. */
const firstWords = (prompt: string): string => {
  const transcript = /<chat_history>\s*([\s\S]*?)\s*<\/chat_history>/.exec(prompt)?.[1] ?? prompt;
  const line = /^\s*(?:USER|User|user|Human): *(\S[^\n]*)/m.exec(transcript)?.[1] ?? "";
  const words = line.split(/\s+/).slice(0, titleWords).join(" ");
  return [...words]
    .slice(0, titleChars)
    .join("")
    .replace(/[\s\p{P}]+$/u, "");
};

const usualTitle = "New Chat";

/** The answer, in the shape that the prompts ask for. */
export const answerTask = (task: Task, { messages, wantsJson }: CompletionRequest): string => {
  const newest = messages.findLast(({ role }) => role === "user");
  const title = (newest && firstWords(wordsOf(newest))) || usualTitle;
  switch (task) {
    case "title":
      return JSON.stringify({ title });
    case "plain title":
      return wantsJson ? JSON.stringify({ language: "English", title }) : title;
    case "tags":
      return JSON.stringify({ tags: ["General"] });
    case "follow-ups":
      return JSON.stringify({ follow_ups: [] });
    case "autocompletion":
      return JSON.stringify({ text: "" });
    case "queries":
      return JSON.stringify({ queries: [] });
    case "image prompt":
      return JSON.stringify({ prompt: "" });
    case "function calls":
      return JSON.stringify({ tool_calls: [] });
    case "other":
      return "";
  }
};
