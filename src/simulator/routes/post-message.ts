import { type Context, Hono } from "hono";
import { textsOf } from "../agent/said.ts";
import { jsonOutcome, startRun } from "../run/start.ts";
import { streamResponse } from "../run/stream.ts";
import type { Simulation } from "../simulation.ts";
import type { RequestEntry } from "../store/requests.ts";
import { parsePost, type Post, refuseIdleOptions } from "../wire/post.ts";
import { busy, idIn, noBackground, refuse } from "../wire/refusals.ts";
import { runState } from "../wire/states.ts";
import { agentPlace, conversationPlace, type Place } from "./place.ts";
import { isSdk, jsonOf } from "./request.ts";
import { replay } from "./resume.ts";

/** POST of messages, on both routes. The agents route never locks; a JSON post to a real conversation does not either. */

type Reached = {
  readonly post: Post;
  readonly place: Place;
  readonly agentsRoute: boolean;
  readonly entry: RequestEntry;
};

const accept = async (
  simulation: Simulation,
  c: Context,
  { post, place, agentsRoute, entry }: Reached,
): Promise<Response> => {
  const { store, live, now, redis } = simulation;
  const abort = c.req.raw.signal;
  const otids = post.messages.flatMap(({ otid }) => (otid === null ? [] : [otid]));
  const lock = redis && !agentsRoute && (post.streaming || place.conversationId === null) ? place.lock : null;

  // A repeated background post is given the stream of the run it made, whoever's that is, and nothing is executed.
  if (lock !== null && post.streaming && post.background) {
    const known = store.otids.findPost(otids, now());
    if (known !== null) {
      store.requests.insert({ ...entry, runId: known });
      return replay(simulation, known, { from: 0, pings: post.pings, abort });
    }
  }
  const holder = lock === null ? null : live.holder(lock);
  if (holder !== null) throw busy(holder);
  if (post.streaming && post.background && !redis) throw noBackground();

  const { agentId, conversationId, runType } = place;
  const { run, outcome } = startRun(simulation, {
    post,
    agentId,
    conversationId,
    lock,
    runType,
    agentsRoute,
    otids: redis ? otids : [],
    entry,
  });
  if (!post.streaming) return jsonOutcome(await outcome);
  const pingMs = post.pings ? simulation.pingMs : null;
  return streamResponse({ tape: run.tape, runId: run.id, from: 0, pingMs, now, abort });
};

const approvalsOf = (post: Post): RequestEntry["approvals"] =>
  post.messages.flatMap((message) =>
    message.type === "message"
      ? []
      : message.answers.map((answer) => ({
          tool_call_id: answer.tool_call_id,
          approve: answer.type === "tool" || answer.approve,
        })),
  );

/** A post that locks nothing and is not remembered by its otids. */
const alone = (c: Context, { agentId, conversationId, runType }: Place, post: Post, at: number) => ({
  agentId,
  conversationId,
  lock: null,
  runType,
  agentsRoute: true,
  otids: [],
  entry: {
    at,
    method: c.req.method,
    path: c.req.path,
    agentId,
    conversationId,
    runId: null,
    otids: post.messages.map(({ otid }) => otid),
    texts: post.messages.flatMap((message) => (message.type === "message" ? textsOf(message.content) : [])),
    approvals: approvalsOf(post),
  },
});

export const messagePosts = (simulation: Simulation): Hono => {
  const { store, now } = simulation;

  /** Everything that arrives is written down before it is answered, also what is refused. */
  const receive = async (
    c: Context,
    named: Pick<RequestEntry, "agentId" | "conversationId">,
    route: (post: Post) => Place,
  ): Promise<Response> => {
    const agentsRoute = named.conversationId === null;
    let entry: RequestEntry = {
      at: now(),
      method: c.req.method,
      path: c.req.path,
      ...named,
      runId: null,
      otids: [],
      texts: [],
      approvals: [],
    };
    const before = entry;
    try {
      const post = parsePost(await jsonOf(c), { streaming: !agentsRoute });
      entry = {
        ...before,
        agentId: named.agentId ?? post.agentId,
        otids: post.messages.map(({ otid }) => otid),
        texts: post.messages.flatMap((message) => (message.type === "message" ? textsOf(message.content) : [])),
        approvals: approvalsOf(post),
      };
      const place = route(post);
      entry = { ...entry, agentId: place.agentId };
      return await accept(simulation, c, { post, place, agentsRoute, entry });
    } catch (refusal) {
      store.requests.insert(entry);
      throw refusal;
    }
  };

  return new Hono()
    .post("/v1/agents/:agent/messages/async", async (c) => {
      const place = agentPlace(simulation, idIn("agent", "agent_id", c.req.param("agent")));
      const post = parsePost(await jsonOf(c), { streaming: false });
      // The run counts as one of the background and has nothing to hear: its client polls.
      const { run } = startRun(simulation, { ...alone(c, place, post, now()), post, asynchronous: true });
      const row = store.runs.find(run.id);
      return c.json(row === null ? null : runState(row));
    })
    .post("/v1/agents/:agent/messages", (c) => {
      const agentId = c.req.param("agent");
      return receive(c, { agentId, conversationId: null }, (post) => {
        idIn("agent", "agent_id", agentId);
        if (post.streaming && !isSdk(c)) throw refuse(422, "streaming=true is only supported for SDK v1.0+ clients.");
        refuseIdleOptions(post);
        return agentPlace(simulation, agentId);
      });
    })
    .post("/v1/conversations/:conversation/messages", (c) => {
      const conversationId = c.req.param("conversation");
      return receive(c, { agentId: null, conversationId }, (post) => {
        if (post.messages.length === 0) throw refuse(422, "Messages must not be empty");
        return conversationPlace(simulation, conversationId, post.agentId);
      });
    });
};
