/** `/reasoning`: whether the chat sees what the agent thinks. */
import { onOff } from "./on-off.ts";

export const reasoning = onOff({
  name: "reasoning",
  summary: "Show what the agent thinks before it answers, or hide it",
  setting: "reasoning",
  says: {
    on: "On: what the agent thinks is shown here before its answer.",
    off: "Off: what the agent thinks is not shown here.",
  },
});
