/** Where Telegram takes no rich messages, a long answer is several messages: each is said once, in order, whatever happens. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { startTelegramBox, type TelegramBox } from "../support/telegram-box.ts";

let box: TelegramBox;
let ann: number;

beforeEach(async () => {
  box = await startTelegramBox();
  ann = box.telegram.addPerson({ name: "Ann" });
  box.telegram.fault({ kind: "no_rich", times: "always" });
});

afterEach(() => box.stop());

const say = (text: string): number => box.telegram.say({ from: ann, text }).message_id;
const answers = () => box.said(ann).filter(({ isDraft }) => !isDraft);
const hasRow = (where: string) => box.until(() => box.rows(`SELECT 1 FROM outbox WHERE ${where}`)[0]);
const ambiguous = () => box.rows("SELECT 1 FROM outbox WHERE ambiguous").length;

/** After its end nothing is missing and nothing is out of its place. */
const expectWhole = (): void => {
  const lines = answers().flatMap(({ text }) => text.match(/^\d{8}(?= the quick)/gm) ?? []);
  const numbers = [...new Set(lines)].map(Number);
  expect(numbers.length).toBeGreaterThan(100);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
};

test("it goes on where it was when the platform's limit outlasts lettabox", async () => {
  box.telegram.fault({ kind: "limit", seconds: 2, method: "sendMessage", skip: 1 });
  const asked = say("demo flood 9000 that was it");
  await hasRow("error_code = 'send_limited'");
  await box.restart();
  await box.told(ann, "that was it");
  await box.quiet();
  expect(answers().length).toBeGreaterThan(2);
  expect(answers().map(({ replyTo }) => replyTo)).toEqual(
    answers().map((_, index) => (index === 0 ? asked : undefined)),
  );
  expect(box.telegram.copies()).toEqual([]);
  expect(ambiguous()).toBe(0);
  expectWhole();
});

test("what is said next in the chat comes behind all of it", async () => {
  box.telegram.fault({ kind: "limit", seconds: 2, method: "sendMessage", skip: 1 });
  say("demo flood 9000 that was it");
  await hasRow("error_code = 'send_limited'");
  say("hello");
  await box.told(ann, "You said: hello");
  await box.quiet();
  expect(answers().at(-2)?.text).toContain("that was it");
  expect(answers().at(-1)?.text).toContain("You said: hello");
  expectWhole();
});

test("one whose answer was lost is said once more, the others are not", async () => {
  box.telegram.fault({ kind: "lost", method: "sendMessage", skip: 1 });
  say("demo flood 9000 that was it");
  await box.told(ann, "that was it");
  await box.quiet();
  expect(box.telegram.copies()).toMatchObject([{ times: 2 }]);
  expect(ambiguous()).toBe(1);
  expectWhole();
});

test("one whose answer was lost twice is not said a third time, until somebody wants it: then all that is left comes", async () => {
  box.telegram.fault({ kind: "lost", method: "sendMessage", skip: 1, times: 2 });
  say("demo flood 9000 that was it");
  await hasRow("state = 'ambiguous'");
  expect(box.telegram.copies()).toMatchObject([{ times: 2 }]);
  const { call } = box.app();
  const { deadLetters } = (await (await call("/api/v1/dead-letters")).json()) as { deadLetters: { id: number }[] };
  await call(`/api/v1/dead-letters/${deadLetters[0]?.id}/retry`, { method: "POST" });
  await box.told(ann, "that was it");
  await box.quiet();
  expect(box.telegram.copies()).toMatchObject([{ times: 3 }]);
  expect(ambiguous()).toBe(1);
  expectWhole();
});
