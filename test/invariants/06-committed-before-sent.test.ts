import { afterEach, expect, test } from "bun:test";
import { type Box, startBox } from "../support/box.ts";
import { readIndependently } from "../support/independent-reader.ts";

let box: Box;

afterEach(() => box.stop());

type Row = { state: string; ambiguous: number; attempts: number; send_key: string; error_code: string | null };

const rows = () => readIndependently<Row>(box.dataDir, "SELECT * FROM outbox ORDER BY id");
const settled = async (): Promise<Row | undefined> => {
  const [row] = await rows();
  return row && row.state !== "pending" && row.state !== "sending" ? row : undefined;
};
const ada = { id: "1", chat: "ada", from: "ada", text: "hello" };

test("when the platform sees a part, its row is committed as being sent", async () => {
  box = await startBox();
  let seen: Promise<readonly Row[]> | undefined;
  box.platform.behave(() => {
    seen ??= rows();
    return "take";
  });
  await box.deliver(ada);
  const [row] = await box.until(() => seen);
  expect(["sending", "sent"]).toContain(row?.state ?? "nothing");
});

test("a chat text whose answer was lost is sent once more under the same key, and marked", async () => {
  box = await startBox();
  const behaviours = ["lose", "take"] as const;
  let attempt = 0;
  box.platform.behave(() => behaviours[attempt++] ?? "take");
  await box.deliver(ada);
  const row = await box.until(settled);
  expect(row).toMatchObject({ state: "sent", ambiguous: 1, attempts: 2 });
  expect(box.platform.taken().map((one) => one.sendKey)).toEqual([row.send_key, row.send_key]);
});

test("when the answer is lost twice it is left alone, and kept", async () => {
  box = await startBox();
  box.platform.behave(() => "lose");
  await box.deliver(ada);
  expect(await box.until(settled)).toMatchObject({ state: "ambiguous", ambiguous: 1, attempts: 2 });
  expect(box.platform.taken()).toHaveLength(2);
});

test("one that was lost twice can be sent again by hand, and still says that it may stand there twice", async () => {
  box = await startBox();
  box.platform.behave(() => "lose");
  await box.deliver(ada);
  await box.until(settled);
  box.platform.behave(() => "take");
  const { call } = box.app();
  const { deadLetters } = (await (await call("/api/v1/dead-letters")).json()) as { deadLetters: { id: number }[] };
  await call(`/api/v1/dead-letters/${deadLetters[0]?.id}/retry`, { method: "POST" });
  expect(await box.until(settled)).toMatchObject({ state: "sent", ambiguous: 1 });
  expect(box.platform.taken()).toHaveLength(3);
});

test("where a copy costs money a lost answer is never sent again", async () => {
  box = await startBox({ stub: { copyWhenLost: false } });
  box.platform.behave(() => "lose");
  await box.deliver(ada);
  expect(await box.until(settled)).toMatchObject({ state: "ambiguous", attempts: 1 });
  expect(box.platform.taken()).toHaveLength(1);
  const letters = (await (await box.app().call("/api/v1/dead-letters")).json()) as { deadLetters: unknown[] };
  expect(letters.deadLetters).toHaveLength(1);
});

test("a platform that limits is asked again when it said, and nothing is doubled", async () => {
  box = await startBox();
  let limited = 2;
  box.platform.behave(() => (limited-- > 0 ? { limitMs: 30 } : "take"));
  await box.deliver(ada);
  expect(await box.until(settled)).toMatchObject({ state: "sent", ambiguous: 0, attempts: 3 });
  expect(box.platform.taken()).toHaveLength(1);
});

test("a refusal is final, kept, and can be retried by hand", async () => {
  box = await startBox();
  box.platform.behave(() => "refuse");
  await box.deliver(ada);
  expect(await box.until(settled)).toMatchObject({ state: "dead", error_code: "send_refused", attempts: 1 });
  box.platform.behave(() => "take");
  const { call } = box.app();
  const { deadLetters } = (await (await call("/api/v1/dead-letters")).json()) as { deadLetters: { id: number }[] };
  const retried = await call(`/api/v1/dead-letters/${deadLetters[0]?.id}/retry`, { method: "POST" });
  expect(retried.status).toBe(200);
  await box.until(() => box.standing("ada")[0]);
});

test("the parts of a long answer arrive in order, each within the platform's limit", async () => {
  box = await startBox({ stub: { textMax: 50 } });
  let limited = true;
  box.platform.behave(() => {
    const first = limited;
    limited = false;
    return first ? { limitMs: 40 } : "take";
  });
  await box.deliver({ ...ada, text: `demo slow 3 ${"tick tock ".repeat(20)}end` });
  await box.until(() => box.standing("ada").find((one) => one.text.includes("demo agent")));
  const texts = box.platform.taken().map((one) => one.text);
  expect(texts.length).toBeGreaterThan(3);
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(50);
  expect(texts.join(" ").replace(/\s+/g, " ")).toContain(`one two three ${"tick tock ".repeat(20)}end`);
});
