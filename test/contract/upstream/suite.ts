/** All cases, by topic. */
import { adapter } from "./adapter.ts";
import { agentFiles } from "./agent-files.ts";
import { agents } from "./agents.ts";
import { approvals } from "./approvals.ts";
import { belongings } from "./belongings.ts";
import { busy } from "./busy.ts";
import { cancelling } from "./cancelling.ts";
import type { Case } from "./case.ts";
import { compaction } from "./compaction.ts";
import { conversations } from "./conversations.ts";
import { failing } from "./failing.ts";
import { history } from "./history.ts";
import { memory } from "./memory.ts";
import { people } from "./people.ts";
import { runs } from "./runs.ts";
import { sdk } from "./sdk.ts";
import { sending } from "./sending.ts";
import { servers } from "./servers.ts";
import { tools } from "./tools.ts";

export type Topic = { readonly name: string; readonly cases: readonly Case[] };

export const topics: readonly Topic[] = [
  { name: "servers", cases: servers },
  { name: "agents", cases: agents },
  { name: "agent files", cases: agentFiles },
  { name: "conversations", cases: conversations },
  { name: "sending", cases: sending },
  { name: "failing", cases: failing },
  { name: "tools", cases: tools },
  { name: "approvals", cases: approvals },
  { name: "cancelling", cases: cancelling },
  { name: "busy", cases: busy },
  { name: "history", cases: history },
  { name: "runs", cases: runs },
  { name: "memory", cases: memory },
  { name: "people", cases: people },
  { name: "compaction", cases: compaction },
  { name: "belongings", cases: belongings },
  { name: "sdk", cases: sdk },
  { name: "adapter", cases: adapter },
];
