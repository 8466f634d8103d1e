/** `POST /v1/chat/completions`: an agent behind the shapes of that API. */
import type { Context } from "hono";
import type { Usage } from "../../store/turns.ts";
import type { ReadTurn } from "../../turn/follow.ts";
import type { Caller } from "../auth.ts";
import type { Env, HttpDeps } from "../context.ts";
import { holdStream } from "../hold-stream.ts";
import { ok } from "../reply.ts";
import { onGone, patiently, waitForResult, whileThere } from "../wait.ts";
import { ask } from "./ask.ts";
import { chunksOf, completion, finishReasonOf, type Naming } from "./completion.ts";
import { type CompletionRequest, readCompletionRequest } from "./completion-request.ts";
import { findModel } from "./models.ts";
import { refusalBody, refuseFailed } from "./refusal.ts";
import { speakTurn } from "./speak.ts";
import { answerTask, type Task, taskOf } from "./tasks.ts";
import { usageOf } from "./usage.ts";

const seconds = (at: number): number => Math.floor(at / 1_000);

const nothing: Usage = { promptTokens: 0, completionTokens: 0 };

/** A front end's task: nobody is asked, and nothing is kept. */
const answerByRule = (task: Task, request: CompletionRequest, naming: Naming): Response => {
  const content = answerTask(task, request);
  if (!request.stream) return ok(completion(naming, { content, finishReason: "stop", usage: nothing }));
  const { piece, end } = chunksOf(naming, request.includeUsage);
  const body = piece({ role: "assistant", content: "" }) + piece({ content }) + end("stop", nothing);
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
};

const late = (error: string, code: string | undefined, headers: Readonly<Record<string, string>>): Response => {
  const message = `${error} The message is kept; ask again for its answer.`;
  return ok(refusalBody({ message, code: code ?? "letta_unreachable", status: 503 }), 503, {
    ...headers,
    "retry-after": "30",
  });
};

const waitForCompletion = async (deps: HttpDeps, turn: ReadTurn, naming: Naming, gone: AbortSignal) => {
  const headers = { "x-turn-id": turn.publicId };
  const outcome = await waitForResult(deps, turn, gone);
  if (outcome.kind === "late") return late(outcome.error, outcome.code, headers);
  const {
    success,
    result: content = "",
    stopReason,
    error: message = "",
    errorCode: code = "internal",
  } = outcome.result;
  if (!success) return refuseFailed({ message, code }, headers);
  const answer = { content, finishReason: finishReasonOf(stopReason), usage: usageOf(deps.store.db, turn.id) };
  return ok(completion(naming, answer), 200, headers);
};

export const completions =
  (deps: HttpDeps) =>
  async (c: Context<Env>, caller: Caller): Promise<Response> => {
    const { headers, signal } = c.req.raw;
    const request = await readCompletionRequest(c.req.raw, deps.completions.bodyBytes);
    const named = (model: string, id: string): Naming => ({
      id: `chatcmpl-${id}`,
      created: seconds(deps.now()),
      model,
    });
    const task = taskOf(headers, request);
    if (task !== undefined) {
      const { model } = await findModel(deps, caller, request.model);
      return answerByRule(task, request, named(model, deps.newTurnId().slice(5)));
    }
    const onEnd = request.stream ? holdStream(deps, c, caller) : undefined;
    return patiently(deps, c, async () => {
      try {
        const { agent, model } = await findModel(deps, caller, request.model);
        const turn = await ask(deps, { caller, headers, request, agent });
        const naming = named(model, turn.publicId.slice(5));
        const leave = onGone(deps, turn, request.onDisconnect);
        if (onEnd) return speakTurn(deps, c, { turn, naming, includeUsage: request.includeUsage, leave, onEnd });
        return await whileThere(signal, leave, (gone) => waitForCompletion(deps, turn, naming, gone));
      } catch (error) {
        onEnd?.();
        throw error;
      }
    });
  };
