/** What the agent hears about a tool call that nobody allowed. */
export const denials = {
  late: "Nobody approved this tool call in time.",
  stopped: "The user stopped the agent.",
  left: "The exchange that asked for this tool call is over.",
} as const;
