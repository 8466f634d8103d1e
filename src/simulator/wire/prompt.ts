/** The compiled system prompt: what an agent is told before everything else, its memory blocks included. */

export type PromptBlock = {
  readonly label: string;
  readonly value: string;
  readonly description: string | null;
  readonly limit: number;
};

const render = ({ label, value, description, limit }: PromptBlock): string =>
  `<${label}>
<description>
${description ?? "None"}
</description>
<metadata>
- chars_current=${value.length}
- chars_limit=${limit}
</metadata>
<value>
${value}
</value>
</${label}>`;

export const compilePrompt = (
  system: string,
  blocks: readonly PromptBlock[],
  agentId: string,
  where: string,
): string => {
  const memory =
    blocks.length === 0
      ? ""
      : `<memory_blocks>\nThe following memory blocks are currently engaged in your core memory unit:\n\n${blocks.map(render).join("\n\n")}\n\n</memory_blocks>`;
  return `${system}\n\n${memory}\n\n<memory_metadata>\n- AGENT_ID: ${agentId}\n- CONVERSATION_ID: ${where}\n</memory_metadata>`;
};
