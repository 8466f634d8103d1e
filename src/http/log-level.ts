/** `/api/v1/log-level`: how much the running server logs, until its next start. */
import type { Context } from "hono";
import { Fault } from "../errors.ts";
import { logLevels } from "../log.ts";
import { asRecord, readJson } from "./body.ts";
import type { Env, HttpDeps } from "./context.ts";
import { ok } from "./reply.ts";

export const showLogLevel = (deps: HttpDeps) => () => ok({ level: deps.log.level() });

/** Answers the new level and the one before. */
export const setLogLevel = (deps: HttpDeps) => async (c: Context<Env>) => {
  const wanted = asRecord(await readJson(c.req.raw, deps.limits.bodyBytes))["level"];
  const level = logLevels.find((one) => one === wanted);
  if (!level) {
    throw new Fault("bad_request", { message: `level must be one of: ${logLevels.join(", ")}`, field: "level" });
  }
  const before = deps.log.level();
  // Said at the louder of the two, so that whoever reads the log learns why it falls silent.
  const say = (): void => deps.log.info("log.level-changed", { state: level });
  if (logLevels.indexOf(level) > logLevels.indexOf(before)) say();
  deps.log.setLevel(level);
  if (logLevels.indexOf(level) <= logLevels.indexOf(before)) say();
  return ok({ level, before });
};
