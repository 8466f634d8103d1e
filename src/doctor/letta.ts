/** The Letta server: whether it is reached, takes the key, and has the agents that are named. */
import { asFault, Fault } from "../errors.ts";
import { createV1Upstream } from "../letta/v1.ts";
import type { Upstream } from "../letta/upstream.ts";
import { type Check, fail, type Finding, ok, type Patient, skip } from "./check.ts";

const demo = skip("The demo agent is built in; set LETTA_API_KEY or LETTA_BASE_URL to use your own.");
const unreached = skip("The server is not reached.");

const open = ({ config: { letta }, fetch: request }: Patient): Upstream | undefined =>
  letta.baseUrl === undefined
    ? undefined
    : createV1Upstream({
        baseUrl: letta.baseUrl,
        fetch: request,
        ...(letta.apiKey === undefined ? {} : { apiKey: letta.apiKey.reveal() }),
        ...(letta.projectId === undefined ? {} : { projectId: letta.projectId }),
      });

/** A check that needs the server; one that was not reached is the first check's to tell. */
const lettaCheck = (
  name: string,
  look: (upstream: Upstream, patient: Patient, abort: AbortSignal) => Promise<Finding>,
): Check => ({
  name,
  async run(patient, abort) {
    const upstream = open(patient);
    return upstream === undefined ? demo : look(upstream, patient, abort);
  },
});

/** Whether the fault says that the server was asked in vain. */
const isSilence = (fault: Fault): boolean => fault.verdict === "retry" || fault.code === "letta_refused";

export const lettaServer = lettaCheck("letta-server", async (upstream, _, abort) => {
  try {
    const { version } = await upstream.health(abort);
    return ok(`${upstream.server} answers (version ${version}).`);
  } catch (error) {
    const fault = asFault(error);
    if (!isSilence(fault)) return ok(`${upstream.server} answers.`);
    return fail(
      `${upstream.server}: ${fault.message}`,
      fault.hint ?? "Check LETTA_BASE_URL, that the server runs, and that this machine may reach it.",
    );
  }
});

export const lettaKey = lettaCheck("letta-key", async (upstream, { config }, abort) => {
  try {
    await upstream.check(abort);
    return ok(config.letta.apiKey ? "It is accepted." : "None is needed.");
  } catch (error) {
    const fault = asFault(error);
    if (isSilence(fault)) return unreached;
    return fail(
      fault.message,
      fault.code === "letta_unpaid"
        ? "Buy credits for the account, or use another."
        : `Set LETTA_API_KEY to a key of ${upstream.server}.`,
    );
  }
});

/** What is named and not there, each as a sentence. */
const missingAgents = async (
  upstream: Upstream,
  { letta }: Patient["config"],
  abort: AbortSignal,
): Promise<readonly string[]> => {
  const missing: string[] = [];
  for (const id of letta.agentIds) {
    await upstream.retrieveAgent(id, abort).catch((error: unknown) => {
      if (asFault(error).code !== "letta_agent_missing") throw error;
      missing.push(`There is no agent ${id}.`);
    });
  }
  for (const name of letta.agentNames) {
    if ((await upstream.listAgents({ name }, abort)).length === 0) missing.push(`There is no agent named "${name}".`);
  }
  return missing;
};

export const lettaAgents = lettaCheck("letta-agents", async (upstream, { config }, abort) => {
  const named = config.letta.agentIds.length + config.letta.agentNames.length;
  try {
    if (named === 0) {
      const { length } = await upstream.listAgents({}, abort);
      return ok(length === 0 ? "There is none yet; one is made at the first start." : `${length} can be talked to.`);
    }
    const missing = await missingAgents(upstream, config, abort);
    if (missing.length === 0) return ok("All that are named exist.");
    return fail(missing.join(" "), "Correct LETTA_AGENT_ID or LETTA_AGENT_NAME, or make the agents.");
  } catch (error) {
    const fault = asFault(error);
    if (isSilence(fault) || fault.verdict === "pause") return unreached;
    throw fault;
  }
});
