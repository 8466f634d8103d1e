import type { Completion } from "../agent/completion.ts";
import { complete, type Prompt } from "../agent/script.ts";
import { completeScripted } from "../agent/scripted.ts";
import type { Simulation } from "../simulation.ts";
import type { ConversationOf, StoredMessage } from "../store/messages.ts";
import type { Post } from "../wire/post.ts";
import { scriptedProvider } from "../wire/states.ts";
import { readText, shownOf } from "./context.ts";
import type { WireMessage } from "../wire/messages.ts";

/** Who answers in the place of a model: the demo agent, or the scripted model for agents whose handle says so. */

export type Question = {
  readonly where: ConversationOf;
  readonly post: Post;
  /** What the demo agent goes by. */
  readonly prompt: Prompt;
  /** What was posted and is not stored yet. */
  readonly fresh: readonly StoredMessage[];
  /** Names of the tools that the model may call. */
  readonly tools: readonly string[];
  /** Whether the model is asked for deltas. */
  readonly streams: boolean;
};

export const isScripted = ({ store }: Simulation, agentId: string, post: Post): boolean => {
  const model = post.overrideModel ?? store.agents.find(agentId)?.fields["model"];
  return typeof model === "string" && model.startsWith(scriptedProvider);
};

const askScripted = ({ store, model, paceFactor }: Simulation, question: Question): Completion => {
  const { where, post, fresh, tools, streams } = question;
  const [prompt, ...rest] = store.messages
    .context(where)
    .map(({ role, body }): StoredMessage => ({ role, parts: JSON.parse(body) as WireMessage[] }));
  const system = prompt === undefined ? "" : String(prompt.parts[0]?.["content"]);
  const messages = [...rest, ...fresh].flatMap(shownOf);
  model.note({ system: post.overrideSystem ?? system, messages, tools, stream: streams });
  const last = messages.at(-1);
  const shown = { role: last?.role ?? "user", text: last === undefined ? "" : readText(last) };
  const said = completeScripted(shown, model.takeMode(), streams);
  return said.kind === "utterance" && said.paceMs !== null ? { ...said, paceMs: said.paceMs * paceFactor } : said;
};

export const ask = (simulation: Simulation, question: Question): Completion =>
  isScripted(simulation, question.where.agentId, question.post)
    ? askScripted(simulation, question)
    : complete(question.prompt);
