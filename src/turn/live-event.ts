/**
 * What a caller of the chat API sees of a turn: LettaBot's event shapes, so that its clients work unchanged. Stored whole
 * as JSON in `turn_events`; `assistant` and `reasoning` also travel in pieces of the same `uuid`.
 */
export type LiveEvent =
  | {
      readonly type: "init";
      readonly agentId: string;
      readonly sessionId: string;
      readonly conversationId: string | null;
      readonly model: string;
      readonly tools: readonly string[];
    }
  | {
      readonly type: "assistant" | "reasoning";
      readonly content: string;
      readonly uuid: string;
      readonly runId?: string;
      /** The whole text, in place of the pieces of the message received last: their rest was lost. Empty: it is gone. */
      readonly replace?: true;
    }
  | {
      readonly type: "tool_call";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly toolInput: Readonly<Record<string, unknown>>;
      readonly rawArguments: string;
      readonly uuid: string;
      readonly runId?: string;
    }
  | {
      /** The agent may use this tool only when somebody allows it; the turn waits. */
      readonly type: "approval_request";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly toolInput: Readonly<Record<string, unknown>>;
      readonly rawArguments: string;
      readonly uuid: string;
      readonly runId?: string;
    }
  | {
      readonly type: "tool_result";
      readonly toolCallId: string;
      readonly content: string;
      readonly isError: boolean;
      readonly uuid: string;
      readonly runId?: string;
    }
  | {
      readonly type: "retry";
      readonly reason: string;
      readonly attempt: number;
      /** When the next attempt starts, from the moment of the event. */
      readonly delayMs: number;
    }
  | {
      readonly type: "error";
      readonly message: string;
      readonly errorCode: string;
      readonly stopReason: string | null;
      readonly runId?: string;
    }
  | {
      readonly type: "result";
      readonly success: boolean;
      readonly turnId: string;
      readonly result?: string;
      readonly error?: string;
      readonly errorCode?: string;
      readonly stopReason: string | null;
      readonly durationMs: number;
      readonly conversationId: string | null;
      readonly runIds: readonly string[];
    };

/** Names an event inside its turn; parts of the agent keep the id Letta gave them. */
export const eventUuid = (event: LiveEvent): string => ("uuid" in event ? event.uuid : event.type);
