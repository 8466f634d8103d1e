import { Hono } from "hono";
import { z } from "zod";
import type { Simulation } from "../simulation.ts";
import { jsonOf, queryOf } from "./request.ts";

/** The scripted model's own routes, as the model behind a real server has them in contract tests. */

const change = z
  .object({ fail: z.number().nullable(), once: z.boolean(), pace: z.number().nullable() })
  .partial()
  .catch({});

export const modelRoutes = ({ model }: Simulation): Hono =>
  new Hono()
    .get("/demo/model/log", (c) => c.json(model.last(Number(queryOf(c, "last") ?? 5))))
    .delete("/demo/model/log", (c) => {
      model.clear();
      return c.body(null, 204);
    })
    .post("/demo/model/mode", async (c) => {
      const { fail, once, pace } = change.parse(await jsonOf(c));
      return c.json(
        model.setMode({
          ...(fail === undefined ? {} : { fail }),
          ...(once === undefined ? {} : { once }),
          ...(pace === undefined ? {} : { pace }),
        }),
      );
    });
