import { Hono } from "hono";
import { z } from "zod";
import { streamResponse } from "../run/stream.ts";
import { createTape, type Tape } from "../run/tape.ts";
import type { Simulation } from "../simulation.ts";
import { rememberedMs } from "../store/otids.ts";
import type { RunRow } from "../store/runs.ts";
import { noBackground, noRow, refuse, runIdIn } from "../wire/refusals.ts";
import { directAgent } from "./place.ts";
import { jsonOf } from "./request.ts";

/** Listening again: to a background run by its id, or to one found by conversation or `otid`. */

export type Listening = { readonly from: number; readonly pings: boolean; readonly abort: AbortSignal };

/**
 * What a background run has said and goes on to say. A run without a tape, because it worked in the foreground or was
 * killed with its server, says nothing for ever: so it is with the real server, and so the client must give up itself.
 */
const tapeOf = ({ store, live }: Simulation, runId: string): Tape => {
  const run = live.find(runId);
  if (run?.background) return run.tape;
  return createTape(true, store.tapes.find(runId));
};

export const replay = (simulation: Simulation, runId: string, { from, pings, abort }: Listening): Response =>
  streamResponse({
    tape: tapeOf(simulation, runId),
    runId,
    from,
    pingMs: pings ? simulation.pingMs : null,
    now: simulation.now,
    abort: AbortSignal.any([abort, simulation.live.dying]),
  });

const wish = z
  .object({
    agent_id: z.string().nullish(),
    run_id: z.string().nullish(),
    otid: z.string().nullish(),
    starting_after: z.number().int().min(0).nullish(),
    include_pings: z.boolean().nullish(),
  })
  .catch({});

const notBackground = "INVALID_ARGUMENT: Run was not created in background mode, so it cannot be retrieved.";

export const resumeRoutes = (simulation: Simulation): Hono => {
  const { store, now, redis } = simulation;

  const runOf = (id: string): RunRow => {
    const row = store.runs.find(id);
    if (row === null) throw noRow("Run", id);
    return row;
  };

  const resume = (row: RunRow, body: z.infer<typeof wish>, abort: AbortSignal): Response => {
    if (row.createdAt < now() - rememberedMs) {
      throw refuse(410, "EXPIRED: Run was created more than 3 hours ago, and is now expired.");
    }
    return replay(simulation, row.id, { from: body.starting_after ?? 0, pings: body.include_pings ?? true, abort });
  };

  /** By run id, else by `otid`, else the newest run at work. */
  const runIn = (conversationId: string, body: z.infer<typeof wish>): RunRow => {
    if (body.run_id) return runOf(body.run_id);
    if (body.otid) {
      // The real server polls for 1.75 s first.
      const known = store.otids.findMessage(body.otid, now());
      if (known === null) {
        throw refuse(404, `No run found for otid=${body.otid}. The run may have expired or never existed.`);
      }
      return runOf(known);
    }
    const direct = directAgent(conversationId, body.agent_id ?? null);
    const [row] = store.runs.active(direct === null ? { conversationId } : { agentId: direct });
    if (row === undefined) throw refuse(400, "INVALID_ARGUMENT: No active runs found for this conversation.");
    if (!row.background) throw refuse(400, notBackground);
    return row;
  };

  return new Hono()
    .post("/v1/runs/:run/stream", async (c) => {
      const body = wish.parse(await jsonOf(c));
      const row = runOf(runIdIn(c.req.param("run")));
      if (!row.background) throw refuse(400, notBackground);
      if (!redis) throw noBackground();
      return resume(row, body, c.req.raw.signal);
    })
    .post("/v1/conversations/:conversation/stream", async (c) => {
      const body = wish.parse(await jsonOf(c));
      if (!redis) throw noBackground();
      return resume(runIn(c.req.param("conversation"), body), body, c.req.raw.signal);
    });
};
