import { expect, test } from "bun:test";
import { answerTask, taskOf } from "./tasks.ts";
import type { CompletionRequest } from "./completion-request.ts";
import { readMessages } from "./messages.ts";

const request = (...contents: readonly string[]): CompletionRequest => ({
  messages: readMessages(contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content }))),
  model: undefined,
  user: undefined,
  stream: false,
  includeUsage: false,
  wantsJson: false,
  idempotencyKey: undefined,
  onDisconnect: "continue",
  isRetry: false,
});

const history =
  "### Chat History:\n<chat_history>\nUSER: Why, oh why, is the sky so blue?\nASSISTANT: Because.\n</chat_history>";

/** Beginnings of the prompts that the front ends write unless somebody changed them. */
const prompts: readonly (readonly [prompt: string, answer: string])[] = [
  [
    `### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n${history}`,
    '{"title":"Why, oh why, is the"}',
  ],
  [`### Task:\nGenerate a concise title summarizing the chat history.\n${history}`, '{"title":"Why, oh why, is the"}'],
  [
    `### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history, along with 1-3 more.\n${history}`,
    '{"tags":["General"]}',
  ],
  [
    `### Task:\nSuggest 3-5 relevant follow-up questions or prompts that the user might naturally ask next.\n${history}`,
    '{"follow_ups":[]}',
  ],
  [
    `### Task:\nYou are an autocompletion system. Continue the text in \`<text>\`.\n<text>The sun</text>`,
    '{"text":""}',
  ],
  [
    `### Task:\nAnalyze the chat history to determine the necessity of generating search queries, in the language.\n${history}`,
    '{"queries":[]}',
  ],
  [
    "Provide a concise, 5-word-or-less title for the conversation, using title case conventions. Only return the title " +
      "itself.\n\nConversation:\nUser: Hello there, my friend!\nAI: Hi.",
    "Hello there, my friend",
  ],
  [
    "Analyze this conversation and provide:\n1. The detected language of the conversation\n2. A concise title in the " +
      "detected language (5 words or less, no punctuation or quotation)\n\nUser: Bonjour\nAI: Salut",
    "Bonjour",
  ],
];

test("the prompts of front ends are known by their first words, and answered in their shape", () => {
  for (const [prompt, answer] of prompts) {
    const task = taskOf(new Headers(), request(prompt));
    expect(task, prompt).toBeDefined();
    expect(task && answerTask(task, request(prompt))).toBe(answer);
  }
});

test("what a person writes is no task, however it begins", () => {
  for (const words of [
    "hello",
    "### Task:\nRespond to the user query using the provided context, incorporating inline citations.\n<context/>\nhi",
    "### Task:\nGenerate a poem",
    "please see: ### Task:\nGenerate a concise title summarizing the chat history.",
    "Provide a concise title for my book",
  ]) {
    expect(taskOf(new Headers(), request(words)), words).toBeUndefined();
  }
  // A prompt that stands behind an answer was written by whoever reads the answers.
  expect(taskOf(new Headers(), request("hi", "hello", prompts[0]?.[0] ?? ""))).toBeUndefined();
});

test("a header names the task, whatever the prompt; what it does not fill in names none", () => {
  const by = (task: string) => taskOf(new Headers({ "X-OpenWebUI-Task": task }), request("my own prompt"));
  expect(by("title_generation")).toBe("title");
  expect(by("follow_up_generation")).toBe("follow-ups");
  expect(by("something_new")).toBe("other");
  expect(by("constructor")).toBe("other");
  expect(by("{{TASK}}")).toBeUndefined();
  expect(by("")).toBeUndefined();
  expect(answerTask("other", request("my own prompt"))).toBe("");
});

test("a title is there even when there is nothing to take it from, and as JSON where that is asked for", () => {
  expect(answerTask("plain title", request("Provide a title"))).toBe("New Chat");
  const asked = { ...request(prompts.at(-1)?.[0] ?? ""), wantsJson: true };
  expect(JSON.parse(answerTask("plain title", asked))).toEqual({ language: "English", title: "Bonjour" });
});
