/** Faults behind a chat: what people see there, messages and previews alike. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { TestOptions } from "../support/app.ts";
import { type Box, startBox } from "../support/box.ts";
import { cutInside, lostAnswer, lostRequest } from "../support/faults/cuts.ts";
import { errorAfterStop, withoutStop } from "../support/faults/endings.ts";
import type { InjectedFault } from "../support/faults/fault.ts";
import { type Arming, type FaultProxy, startFaultProxy } from "../support/faults/proxy.ts";
import { conflict, htmlPageAfterwards, redirect, repeatedByProxy, tooMany } from "../support/faults/refusals.ts";
import { posts } from "../support/faults/requests.ts";
import { silenceAfter } from "../support/faults/silences.ts";

let box: Box;
let proxy: FaultProxy;
/** What the platform waits for before it takes a preview. */
let beforePreview: () => Promise<unknown> = () => Promise.resolve();
let previewsUnderWay = 0;

const callPlatform = async (input: string, init: RequestInit): Promise<Response> => {
  if (!input.endsWith("/preview")) return fetch(input, init);
  previewsUnderWay += 1;
  try {
    await beforePreview();
    return await fetch(input, init);
  } finally {
    previewsUnderWay -= 1;
  }
};

const ready = () => box.until(async () => ((await fetch(`${box.app().url}/readyz`)).ok ? true : undefined));

beforeAll(async () => {
  let demo = "";
  proxy = await startFaultProxy(() => demo);
  box = await startBox({
    lettaUrl: (url) => {
      demo = url;
      return proxy.url;
    },
    stub: { fetch: callPlatform as typeof fetch },
    timing: { retryMs: 20, pollMs: 20, searchMs: 150 },
  });
  await ready();
});

afterAll(async () => {
  await box.stop();
  await proxy.stop();
});

type Row = {
  readonly fault: InjectedFault;
  readonly more?: Omit<Arming, "on">;
  /** What lettabox itself says in the chat. */
  readonly notice?: RegExp;
  /** Whether the agent hears the message and its answer stands there; so unless set. */
  readonly answered?: false;
  /** What the box that meets it has less patience with than others. */
  readonly impatience?: Pick<TestOptions, "lettaLimits" | "limits">;
};

/** Struck for as long as the box tries. */
const always = { more: { times: Number.POSITIVE_INFINITY }, impatience: { limits: { patienceMs: 1_000 } } };
const expired = /^The agent could not be reached for too long\. The last reason: [\w ]+\.( \(run-[\w-]+\))?$/;

const rows: readonly Row[] = [
  { fault: lostRequest },
  { fault: lostAnswer },
  { fault: cutInside("assistant_message") },
  { fault: silenceAfter("assistant_message"), impatience: { lettaLimits: { silenceMs: 300 } } },
  { fault: withoutStop },
  { fault: errorAfterStop, notice: /^Letta failed in the middle of the answer\. \(run-[\w-]+\)$/ },
  { fault: htmlPageAfterwards(524) },
  { fault: repeatedByProxy },
  { fault: conflict("busy, with the run in the words only"), ...always, notice: expired, answered: false },
  { fault: tooMany(), ...always, notice: expired, answered: false },
  { fault: redirect(307, "http://127.0.0.1:9/"), notice: /leads to another address\.$/, answered: false },
];

test.each(rows.map((row, at) => ({ ...row, name: row.fault.name, chat: `chat-${at}`, word: `word${at}x` })))(
  "$name",
  async ({ fault, more, notice, answered = true, impatience, chat, word }) => {
    proxy.disarm();
    if (impatience) {
      await box.restart(impatience);
      await ready();
    }
    proxy.arm(fault, { on: posts, ...more });
    await box.deliver({ id: chat, chat, from: chat, text: `demo slow 2 ${word}` });
    const wanted = (answered ? 1 : 0) + (notice ? 1 : 0);
    await box.until(() => (box.standing(chat).length >= wanted ? true : undefined));
    proxy.disarm();
    if (impatience) await box.restart();
    await box.deliver({ id: `${chat} again`, chat, from: chat, text: "and now?" });
    await box.until(() => (box.standing(chat).some(({ text }) => text.includes("and now?")) ? true : undefined));

    const texts = box.standing(chat).map(({ text }) => text);
    expect(texts).toHaveLength(wanted + 1);
    const answers = texts.filter((text) => text.includes(word));
    expect(answers).toHaveLength(answered ? 1 : 0);
    for (const text of answers) expect(text).toStartWith(`one two ${word}`);
    expect(texts.filter((text) => notice?.test(text))).toHaveLength(notice ? 1 : 0);
    // Nothing half-said is left behind.
    expect(box.platform.messages().filter((one) => one.chat === chat && one.preview)).toEqual([]);
    expect((await box.heard()).filter((text) => text.includes(word))).toHaveLength(answered ? 1 : 0);
  },
);

/** Resolves when the chat's newest turn has ended and the words about it are out. */
const isOver = (chat: string): Promise<true> =>
  box.until(async () => {
    const { turns } = (await (await box.app().call("/api/v1/turns?limit=1")).json()) as {
      readonly turns: readonly { readonly state: string }[];
    };
    return box.standing(chat).length > 0 && turns[0]?.state === "done" ? true : undefined;
  });

test("a preview that is still on its way when the stream breaks is no message of its own beside the answer", async () => {
  // Nobody knows when it lands; worst is after the end of the turn, if that does not wait for it.
  beforePreview = () => Promise.race([isOver("slow"), Bun.sleep(1_000)]);
  proxy.arm(withoutStop, { on: posts });
  await box.deliver({ id: "slow", chat: "slow", from: "slow", text: "demo slow 2 hello" });
  await box.until(() => (box.standing("slow").length > 0 && previewsUnderWay === 0 ? true : undefined));
  expect(box.platform.messages().filter(({ chat }) => chat === "slow")).toHaveLength(1);
});
