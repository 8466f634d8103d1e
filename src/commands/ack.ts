/** `/ack`: whether a message is marked while it is worked on. */
import { onOff } from "./on-off.ts";

export const ack = onOff({
  name: "ack",
  summary: "Mark messages with a reaction while the agent works on them, or not",
  setting: "acknowledge",
  says: {
    on: "On: a message is marked with a reaction while the agent works on it.",
    off: "Off: messages are not marked while the agent works on them.",
  },
});
