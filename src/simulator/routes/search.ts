import { Hono } from "hono";
import type { Simulation } from "../simulation.ts";
import { refuse } from "../wire/refusals.ts";

/** What a server of one's own has only with a vector store behind it, and what lists over all agents. */

const noSearch = "Message search requires message embedding, OpenAI, and Turbopuffer to be enabled.";

export const searchRoutes = ({ store }: Simulation): Hono =>
  new Hono()
    .post("/v1/agents/messages/search", () => {
      throw refuse(400, noSearch);
    })
    .post("/v1/messages/search", () => {
      throw refuse(400, noSearch);
    })
    .get("/v1/tags/", (c) => c.json(store.agents.tags()));
