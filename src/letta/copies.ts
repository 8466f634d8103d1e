/**
 * Copies of an agent: what it is, without what it heard. They are made from its agent file (letta-api §2.4). The file is
 * asked for without messages, so that a long history costs nothing; but an agent without any message cannot speak in its
 * default conversation (0.16.7), so its instructions are put in as the first one, and compiled into its prompt.
 */
import { toFile } from "@letta-ai/letta-client";
import { type Call, refuseAnswer } from "./client.ts";
import type { AgentInfo, Upstream } from "./upstream.ts";
import { asRecord, asRecords, asText } from "./wire.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the block about people says in a copy: what the agent learned of others stays with it. */
const unknownHuman = "I do not know anything about the people I talk to yet.";

const firstMessage = (instructions: string): Json => ({
  type: "message",
  id: "message-0",
  role: "system",
  content: [{ type: "text", text: instructions }],
});

/** The file of an agent that has heard nothing. Throws `letta_refused` when it is no agent file. */
const fresh = (answer: unknown): Json => {
  const file = asRecord(answer) ?? refuseAnswer();
  const [agent] = asRecords(file["agents"] ?? refuseAnswer());
  if (!agent) return refuseAnswer();
  const message = firstMessage(asText(agent["system"]) ?? "");
  const blocks = asRecords(file["blocks"] ?? []).map((block) =>
    block["label"] === "human" ? { ...block, value: unknownHuman } : block,
  );
  return { ...file, blocks, agents: [{ ...agent, messages: [message], in_context_message_ids: [message["id"]] }] };
};

const importedId = (answer: unknown): string => {
  const ids = asRecord(answer)?.["agent_ids"];
  return (Array.isArray(ids) ? asText(ids[0]) : undefined) ?? refuseAnswer();
};

/** What the port says about copies. One that was made by an attempt whose answer was lost is found by its name. */
export const createCopies = (
  call: Call,
  agents: Pick<Upstream, "listAgents" | "retrieveAgent">,
): Pick<Upstream, "copyAgent"> => {
  const make = async (source: string, name: string, abort: AbortSignal): Promise<string> => {
    // Its export is no 404 when it is missing, but a failure like any other.
    await agents.retrieveAgent(source, abort);
    const file = await call<unknown>("read", abort, (client, options) =>
      client.agents.exportFile(source, { scrub_messages: true }, options),
    );
    const upload = await toFile(Buffer.from(JSON.stringify(fresh(file))), "agent.af", { type: "application/json" });
    const wishes = { file: upload, name, append_copy_suffix: false, override_existing_tools: false };
    return importedId(
      await call<unknown>("change", abort, (client, options) => client.agents.importFile(wishes, options)),
    );
  };

  return {
    async copyAgent(source, name, abort): Promise<AgentInfo> {
      const [known] = await agents.listAgents({ name }, abort);
      const id = known?.id ?? (await make(source, name, abort));
      await call<unknown>("change", abort, (client, options) => client.agents.recompile(id, {}, options));
      return { id, name };
    },
  };
};
