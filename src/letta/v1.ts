import { createAgents } from "./agents.ts";
import { createApprovals } from "./approvals.ts";
import { createBlocks } from "./blocks.ts";
import { createCall, createClient, refuseAnswer } from "./client.ts";
import { createCompaction } from "./compaction.ts";
import { createCopies } from "./copies.ts";
import { createIdentities } from "./identities.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createPosts } from "./post.ts";
import { createRuns } from "./runs.ts";
import { normaliseServer } from "./server.ts";
import type { Upstream } from "./upstream.ts";
import { asRecord, asText } from "./wire.ts";

/**
 * The port to Letta Cloud and to self-hosted V1 servers (0.16). An aborted call throws the abort's reason if that is a
 * `Fault`, else what a cut connection means. Throws `config_invalid` for a base URL that is none.
 */
export const createV1Upstream = (options: {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly projectId?: string;
  readonly fetch?: typeof fetch;
  readonly limits?: Partial<Limits>;
}): Upstream => {
  const server = normaliseServer(options.baseUrl);
  const limits = { ...defaultLimits, ...options.limits };
  const transport = {
    apiKey: options.apiKey?.trim() || undefined,
    projectId: options.projectId?.trim() || undefined,
    fetch: options.fetch ?? fetch,
    limits,
  };
  const client = createClient(server, transport);
  const call = createCall(client);
  // The messages of a run repeat what was posted, pictures included.
  const history = createClient(server, { ...transport, limits: { ...limits, answerBytes: limits.turnBytes } });
  const agents = createAgents(call, limits);
  return {
    server,
    async health(abort) {
      const answer = await call<unknown>("read", abort, (letta, request) => letta.health(request));
      return { version: asText(asRecord(answer)?.["version"]) ?? refuseAnswer() };
    },
    ...agents,
    ...createCopies(call, agents),
    ...createPosts(client, call, agents.retrieveAgent, limits),
    ...createRuns(call, createCall(history), limits),
    ...createApprovals(call),
    ...createCompaction(call),
    ...createBlocks(call),
    ...createIdentities(call),
  };
};
