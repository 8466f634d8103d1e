/**
 * One turn after the other, each beside the same question put to Letta directly: an agent that answers at once shows what
 * lettabox itself takes. `api` waits for the JSON answer, `webhook` for the call with which the answer is sent to a chat.
 */
import { startStubPlatform } from "../../support/stub/platform.ts";
import { quantile } from "../stats.ts";
import { clock } from "./clock.ts";

export type TurnsArgs = {
  readonly url: string;
  readonly direct: string;
  readonly token: string;
  readonly way: "api" | "webhook";
  /** Where the stub platform listens, for `webhook`. */
  readonly platformPort: number;
  readonly secret: string;
  readonly warmUp: number;
  readonly turns: number;
};
export type TurnsResult = {
  /** Ms of a turn, and of the direct question beside it. */
  readonly relayed: { readonly p50: number; readonly p99: number };
  readonly direct: { readonly p50: number; readonly p99: number };
};

const args = JSON.parse(process.argv[2] ?? "") as TurnsArgs;
const json = { "content-type": "application/json" };

const askDirectly = async (): Promise<void> => {
  const body = JSON.stringify({ messages: [{ role: "user", content: "hello" }] });
  const init = { method: "POST", headers: json, body, keepalive: false };
  await (await fetch(`${args.direct}/v1/conversations/default/messages`, init)).text();
};

const askByApi = async (): Promise<void> => {
  const headers = { ...json, authorization: `Bearer ${args.token}` };
  const body = JSON.stringify({ message: "hello", chat: "turns" });
  const response = await fetch(`${args.url}/api/v1/chat`, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`a turn failed: ${await response.text()}`);
  await response.text();
};

const platform = args.way === "webhook" ? startStubPlatform(args.platformPort) : undefined;
let arrived: (() => void) | undefined;
platform?.behave(() => {
  arrived?.();
  return "take";
});

let updates = 0;
const askByWebhook = async (): Promise<void> => {
  updates += 1;
  const { promise, resolve } = Promise.withResolvers<void>();
  arrived = resolve;
  const response = await fetch(`${args.url}/webhooks/stub`, {
    method: "POST",
    headers: { "x-stub-secret": args.secret },
    body: JSON.stringify({ id: `turn-${updates}`, chat: "turns", from: "ada", text: "hello" }),
  });
  if (!response.ok) throw new Error(`a webhook was refused: ${response.status}`);
  await response.text();
  await promise;
};

const time = async (ask: () => Promise<void>): Promise<number> => {
  const from = clock();
  await ask();
  return clock() - from;
};

const ask = args.way === "api" ? askByApi : askByWebhook;
const relayed: number[] = [];
const direct: number[] = [];
for (let turn = -args.warmUp; turn < args.turns; turn += 1) {
  const took = [await time(ask), await time(askDirectly)] as const;
  // What is left to do after the answer belongs to no turn that is timed.
  await Bun.sleep(5);
  if (turn < 0) continue;
  relayed.push(took[0]);
  direct.push(took[1]);
}
const describe = (ages: readonly number[]) => ({ p50: quantile(ages, 0.5), p99: quantile(ages, 0.99) });
process.stdout.write(JSON.stringify({ relayed: describe(relayed), direct: describe(direct) } satisfies TurnsResult));
process.exit(0);
