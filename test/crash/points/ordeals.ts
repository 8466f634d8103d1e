/** What strikes many turns at once: the server, Redis and the connection. */
import { inTurn, on, type Ordeal } from "../point.ts";

export const ordeals: readonly Ordeal[] = [
  {
    name: "the connection stalls for 90 s",
    says: (token) => `PACE:0.02 ${token} one two three`,
    strikes: "connection",
    reached: (round) => inTurn(round, [on("assistant_message", 3), on("ping"), on("post")]),
  },
  {
    name: "the Letta server is killed and restarted in mid-turn",
    says: (token) => `${token} one two three four five`,
    strikes: "letta",
    reached: (round) => inTurn(round, [on("assistant_message", 2), on("ping")]),
  },
  {
    name: "trap: a run that the server left running for ever",
    says: (token) => `${token} one two three four five`,
    strikes: "letta",
    gatewayToo: true,
    // Five minutes of silence for users.
    timing: { stuckMs: 20_000 },
    // The run is known or, in a conversation that is the chat's own, not.
    reached: (round) => inTurn(round, [on("assistant_message", 2), on("ping")]),
  },
  {
    name: "Redis is killed in mid-turn",
    says: (token) => `${token} one two three four five`,
    redis: true,
    strikes: "redis",
    reached: (round) => inTurn(round, [on("assistant_message", 2), on("ping")]),
  },
];
