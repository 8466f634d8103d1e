/** `POST /api/v1/turns/:id/approval`: allows or denies what an agent asked to do. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { approvalsOfTurn } from "../store/approvals.ts";
import { turnByPublicId } from "../store/turns.ts";
import type { Caller } from "./auth.ts";
import { readJson } from "./body.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

const reasonMaxChars = 1_000;

/** The tool calls of a turn that needed or need somebody's yes. */
export const describeApprovals = (deps: Pick<HttpDeps, "store">, turn: number) =>
  approvalsOfTurn(deps.store.db, turn).map((approval) => ({
    toolCallId: approval.toolCallId,
    toolName: approval.toolName,
    arguments: approval.arguments,
    approve: approval.approve,
    reason: approval.reason,
    deadlineAt: new Date(approval.deadlineAt).toISOString(),
  }));

const readDecision = async (deps: HttpDeps, c: Context<Env>) => {
  const parsed = await readJson(c.req.raw, deps.limits.bodyBytes);
  const body = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  const { approve, reason = null, toolCallId } = body;
  if (typeof approve !== "boolean") throw new Fault("bad_request", { message: "approve must be true or false" });
  if (reason !== null && (typeof reason !== "string" || reason.length > reasonMaxChars)) {
    throw new Fault("bad_request", { message: `reason must be a text of at most ${reasonMaxChars} characters` });
  }
  if (toolCallId !== undefined && typeof toolCallId !== "string") {
    throw new Fault("bad_request", { message: "toolCallId must be a text" });
  }
  return { approve, reason, ...(toolCallId === undefined ? {} : { toolCallId }) };
};

/** Decides one tool call, or without `toolCallId` all that are open. The first decision stands: a second one is a 409. */
export const decideApproval = (deps: HttpDeps) => async (c: Context<Env>, caller: Caller) => {
  const turn = turnByPublicId(deps.store.db, c.req.param("id") ?? "");
  if (!turn) throw new Fault("not_found", { message: "Turn not found" });
  const decision = await readDecision(deps, c);
  const decided = await deps.store.write.decideApprovals({
    turn: turn.id,
    by: `token:${caller.tokenId}`,
    at: deps.now(),
    ...decision,
  });
  if (decided === 0) throw new Fault("conflict", { message: "No such tool call waits for approval in this turn." });
  deps.pipeline.decided(turn.id);
  return ok({ success: true, turnId: turn.publicId, decided });
};
