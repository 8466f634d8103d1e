import { Hono } from "hono";
import type { Simulation } from "../simulation.ts";
import type { WireMessage } from "../wire/messages.ts";
import { limitOf, queryOf } from "./request.ts";

/** What a checker may read beyond Letta's API: every message POST that arrived, and everything that was said. */

const most = 100_000;

const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part: { text?: unknown }) => (typeof part.text === "string" ? [part.text] : [])).join("\n");
};

const spoken: Readonly<Record<string, "user" | "assistant">> = {
  user_message: "user",
  assistant_message: "assistant",
};

export const demoRoutes = ({ store }: Simulation): Hono =>
  new Hono()
    .get("/demo/requests", (c) => {
      const after = Number(queryOf(c, "after") ?? 0);
      return c.json(store.requests.list(Number.isInteger(after) ? after : 0, limitOf(c, 1_000, most)));
    })
    .get("/demo/history", (c) => {
      const conversation = c.req.query("conversation_id");
      const rows = store.messages.spoken(
        queryOf(c, "agent_id"),
        conversation === "default" ? null : conversation,
        limitOf(c, most, most),
      );
      return c.json(
        rows.flatMap(({ conversation_id, body }) =>
          (JSON.parse(body) as WireMessage[]).flatMap(({ id, message_type, otid, run_id, ["content"]: content }) => {
            const role = spoken[message_type];
            return role === undefined ? [] : [{ id, role, otid, text: textOf(content), run_id, conversation_id }];
          }),
        ),
      );
    });
