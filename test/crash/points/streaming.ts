/** While the agent speaks and works, up to the commit of what it said. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { ask } from "../../chaos/ask.ts";
import { apiWays, at, hold, inTurn, killAt, type LonePoint } from "../point.ts";
import { committed, until } from "../scene.ts";
import { crash } from "../stand.ts";

export const streaming: readonly LonePoint[] = [
  {
    name: "killed in mid-stream",
    says: (token) => `PACE:0.02 ${token} one two three four`,
    ways: apiWays,
    // The first word, the last one, and those between: a short answer has about ten.
    strike: killAt((round) => at("assistant_message", { nth: 1 + ((round * 3) % 10) })),
  },
  {
    name: "killed during a tool call",
    // Slow enough for the call to be under way on the server, too.
    says: (token) => `PACE:0.02 SAY CALL:conversation_search {"query":"${token}"}`,
    messages: 2,
    ways: apiWays,
    strike: killAt((round) =>
      inTurn(round, [at("tool_call_message"), at("tool_return_message"), at("tool_call_message", { nth: 2 })]),
    ),
  },
  {
    name: "killed after the last token, before the commit",
    says: (token) => `please keep ${token}`,
    ways: apiWays,
    strike: async (scene) => {
      const { stand } = scene;
      const stop = await hold(scene, at("stop_reason"));
      // Another process holds the write lock: whatever the gateway wants to commit, it cannot.
      const db = new Database(join(stand.dataDir, "lettabox.sqlite"));
      db.run("PRAGMA busy_timeout = 5000");
      db.run("BEGIN IMMEDIATE");
      const end = hold(scene, at("[DONE]"));
      stop.pass();
      await end;
      // The answer to a later request says that it has read what came before.
      await ask(stand.reach, { path: "/livez" });
      await stand.gateway.kill();
      db.run("ROLLBACK");
      db.close();
      stand.gateway.start();
    },
  },
  {
    name: "killed after the commit, before the turn has ended",
    says: (token) => `please keep ${token}`,
    ways: apiWays,
    strike: async (scene) => {
      const end = hold(scene, at("[DONE]"));
      await end;
      await until("a stored answer", () =>
        committed(scene, "SELECT 1 FROM turn_events JOIN turns ON turns.id = turn_id WHERE finished_at IS NULL")
          ? true
          : undefined,
      );
      await crash(scene.stand);
    },
  },
];
