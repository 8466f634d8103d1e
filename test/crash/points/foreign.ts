/** Another client at work in the same conversation, whose run must not be taken for ours. */
import { apiWays, at, hold, type LonePoint } from "../point.ts";
import { lettaHeaders } from "../history.ts";
import { newToken, type Scene } from "../scene.ts";

/** Posts as any other client does; resolves when its agent has begun to speak, with what resolves at the end. */
const speakInBetween = async ({ stand }: Scene, conversation: string): Promise<{ readonly ended: Promise<void> }> => {
  const content = `PACE:0.2 ${newToken()} a b c d e f`;
  const response = await fetch(`${stand.letta}/v1/conversations/${conversation}/messages`, {
    method: "POST",
    headers: lettaHeaders,
    body: JSON.stringify({
      ...(conversation === "default" ? { agent_id: stand.agent } : {}),
      messages: [{ role: "user", content }],
      streaming: true,
      stream_tokens: true,
    }),
  });
  if (!response.ok) throw new Error(`the foreign post was refused: ${response.status} ${await response.text()}`);
  const spoke = Promise.withResolvers<void>();
  const read = async (): Promise<void> => {
    for await (const bytes of response.body ?? []) {
      if (new TextDecoder().decode(bytes).includes("assistant_message")) spoke.resolve();
    }
    spoke.resolve();
  };
  // What breaks here is the other client's connection.
  const ended = read().catch(() => spoke.resolve());
  await spoke.promise;
  return { ended };
};

const says = (token: string): string => `please note ${token}`;

export const foreign: readonly LonePoint[] = [
  {
    name: "trap: a foreign run works while ours, which never arrived, is looked for",
    says,
    ways: apiWays,
    slow: true,
    strike: async (scene) => {
      const { step } = await hold(scene, at("post"));
      await scene.stand.gateway.kill();
      const other = await speakInBetween(scene, step.conversation);
      scene.stand.gateway.start();
      await other.ended;
    },
  },
  {
    name: "trap: a foreign run works when ours is posted, killed before the answer",
    says,
    ways: apiWays,
    slow: true,
    strike: async (scene) => {
      const { step, pass } = await hold(scene, at("post"));
      const other = await speakInBetween(scene, step.conversation);
      // Without Redis the server takes it all the same; with Redis it refuses.
      const answered = hold(scene, ({ kind, post }) => post === 1 && (kind === "ping" || kind === "refused"));
      pass();
      await answered;
      await scene.stand.gateway.kill();
      scene.stand.gateway.start();
      await other.ended;
    },
  },
];
