/** Agents of a Letta server: listing, looking up, making. */
import type { Letta } from "@letta-ai/letta-client";
import { Fault } from "../errors.ts";
import { asList, collectPages, refuseAnswer, type Call } from "./client.ts";
import { rejectionOf } from "./faults.ts";
import type { Limits } from "./limits.ts";
import { requireId, throwMissing } from "./missing.ts";
import { chooseModel } from "./model.ts";
import type { AgentInfo, Upstream } from "./upstream.ts";
import { asRecord, asRecords, asText } from "./wire.ts";

const memory = [
  {
    label: "persona",
    value:
      "I am a helpful assistant. I answer plainly, remember what matters to the people I talk to, and say so when I do " +
      "not know something.",
  },
  { label: "human", value: "I do not know anything about the people I talk to yet." },
];

const agentOf = (value: unknown): AgentInfo => {
  const agent = asRecord(value);
  const id = asText(agent?.["id"]);
  return id === undefined ? refuseAnswer() : { id, name: asText(agent?.["name"]) ?? "" };
};

const isAny = (error: unknown, statuses: readonly number[]) => statuses.includes(rejectionOf(error)?.status ?? 0);

const listPage = (
  client: Letta,
  options: { signal: AbortSignal },
  query: { name?: string; after?: string; limit: number },
) =>
  // Ascending with `after` means the same on every server; descending, Cloud and 0.16 disagree on cursors.
  client.agents.list({ order: "asc", ...query }, options).then((page) => asList(page.items).map(agentOf));

/** What the port says about agents. */
export const createAgents = (
  call: Call,
  limits: Limits,
): Pick<Upstream, "check" | "listAgents" | "retrieveAgent" | "createAgent"> => {
  const create = (name: string, model: string | undefined, abort: AbortSignal): Promise<AgentInfo | undefined> =>
    call(
      "change",
      abort,
      (client, options) =>
        client.agents
          .create({ name, memory_blocks: memory, ...(model === undefined ? {} : { model }) }, options)
          .then(agentOf),
      (error) => {
        if (isAny(error, [400, 404, 422])) return undefined;
        throw error;
      },
    );

  const listModels = (abort: AbortSignal) =>
    call("read", abort, (client, options) => client.models.list({}, options).then(asRecords));

  return {
    async check(abort) {
      await call(
        "read",
        abort,
        (client, options) => listPage(client, options, { limit: 1 }),
        (error) => {
          if (isAny(error, [403])) throw new Fault("letta_rejected");
          throw error;
        },
      );
    },
    async listAgents({ name }, abort) {
      const agents = await collectPages<AgentInfo>(
        limits,
        (agent) => agent.id,
        (last) =>
          call("read", abort, (client, options) =>
            listPage(client, options, {
              limit: 100,
              ...(name === undefined ? {} : { name }),
              ...(last ? { after: last.id } : {}),
            }),
          ),
      );
      return name === undefined ? agents : agents.filter((agent) => agent.name === name);
    },
    async retrieveAgent(id, abort) {
      requireId(id, "letta_agent_missing");
      return call(
        "read",
        abort,
        (client, options) => client.agents.retrieve(id, {}, options).then(agentOf),
        throwMissing("letta_agent_missing"),
      );
    },
    async createAgent(name, abort) {
      // A server with a default model, as Cloud is, knows best. Without one it refuses, having created nothing.
      const agent = await create(name, undefined, abort);
      if (agent) return agent;
      const model = chooseModel(await listModels(abort));
      const made = model === undefined ? undefined : await create(name, model, abort);
      if (made) return made;
      throw new Fault("letta_refused", {
        message: "Letta could not create an agent.",
        hint: "Create an agent in Letta and choose it, or give the Letta server a model.",
      });
    },
  };
};
