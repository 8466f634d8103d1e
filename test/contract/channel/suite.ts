/** What every channel has to do, whatever its platform. A channel is tested by being in the registry. */
import { describe, expect, test } from "bun:test";
import type { Channel } from "../../../src/channels/channel.ts";
import { Fault } from "../../../src/errors.ts";
import { measure } from "../../../src/render/measure.ts";
import fc from "fast-check";

export type Subject = {
  readonly channel: Channel;
  /** A chat on the platform in which the bot may write. */
  readonly chat: string;
  /** A request the platform would send, rightly signed, with this message in it. */
  readonly signed: (message: { readonly id: string; readonly chat: string; readonly text: string }) => Request;
  /** The same request with its proof of origin broken in one way each. */
  readonly forged: (message: {
    readonly id: string;
    readonly chat: string;
    readonly text: string;
  }) => readonly Request[];
  /** Rightly signed, of a kind that no version of the channel knows. */
  readonly unknown: () => Request;
  /** Makes the platform treat the next send like this; resolves to what the platform holds afterwards. */
  readonly onSend: (how: "take" | "limit" | "refuse" | "lose" | "gone") => void;
};

const options = { sendKey: "key-1", abort: new AbortController().signal };

/** What the fault of a send says about the part, by what the platform did. */
const verdicts = [
  ["limit", "send_limited", "retry"],
  ["refuse", "send_refused", "fail"],
  ["lose", "send_lost", "uncertain"],
  ["gone", "send_unreachable", "retry"],
] as const;

export const channelContract = (name: string, make: () => Subject): void => {
  describe(`the channel ${name}`, () => {
    const { channel, chat, signed, forged, unknown, onSend } = make();
    const { limits } = channel;
    const message = { id: "41", chat, text: "hello" };

    test("cuts every reply into parts within its limit, and loses no word", () => {
      const reply = fc.array(fc.constantFrom("word", "ünï", "👩‍👩‍👧", "\n\n", "```js\n", "<b>", "&", "*_~`[]()"), {
        maxLength: 300,
      });
      fc.assert(
        fc.property(reply, (pieces) => {
          const text = pieces.join(" ");
          const parts = channel.render({ text });
          for (const part of parts) expect(measure(part.text, limits.unit)).toBeLessThanOrEqual(limits.text);
          const said = parts.map((part) => part.text).join(" ");
          expect(said.match(/word/g) ?? []).toHaveLength((text.match(/word/g) ?? []).length);
        }),
        { numRuns: 50 },
      );
    });

    test("renders the same reply the same way every time", () => {
      const reply = { text: "one **two** three" };
      expect(channel.render(reply)).toEqual(channel.render(reply));
    });

    test("puts choices on the last part", () => {
      const choices = [{ id: "y", label: "Yes" }];
      const parts = channel.render({ text: "long ".repeat(limits.text), choices });
      expect(parts.at(-1)?.choices).toEqual(choices);
      for (const part of parts.slice(0, -1)) expect(part.choices).toBeUndefined();
    });

    test.if(limits.fileBytes > 0)("puts each file of a reply on a part", () => {
      const files = ["7", "8"].map((id) => ({ id, kind: "document" as const, name: `${id}.txt`, mime: "text/plain" }));
      const parts = channel.render({ text: "Here they are", files });
      expect(parts.flatMap(({ file }) => file?.id ?? [])).toEqual(["7", "8"]);
      expect(channel.render({ text: "", files }).flatMap(({ file }) => file?.id ?? [])).toEqual(["7", "8"]);
    });

    test("takes what the platform signed, with a key, a chat and the text", async () => {
      const received = await channel.receive?.(signed(message));
      const [event] = received?.events ?? [];
      expect(event).toMatchObject({ kind: "message", text: "hello", addressed: true });
      expect(event?.keys.length).toBeGreaterThan(0);
      expect(received?.response.ok).toBe(true);
    });

    test("names the same event by the same keys when it is delivered again", async () => {
      const first = await channel.receive?.(signed(message));
      const second = await channel.receive?.(signed(message));
      expect(second?.events[0]?.keys).toEqual(first?.events[0]?.keys ?? []);
    });

    test("refuses what is not signed as it should be", async () => {
      const requests = forged(message);
      expect(requests.length).toBeGreaterThan(0);
      for (const request of requests) {
        await expect(channel.receive?.(request)).rejects.toMatchObject({ code: "unauthorized" });
      }
    });

    test("stores an update of an unknown kind without stumbling over it", async () => {
      const received = await channel.receive?.(unknown());
      expect(received?.response.ok).toBe(true);
      for (const event of received?.events ?? []) expect(event.keys.length).toBeGreaterThan(0);
    });

    test("answers the platform's id of what it sent", async () => {
      onSend("take");
      const [part] = channel.render({ text: "hello" });
      if (!part) throw new Error("nothing to send");
      const sent = await channel.send({ chat }, part, options);
      expect(sent.id).not.toBe("");
    });

    for (const [how, code, verdict] of verdicts) {
      test(`says what is known when the platform answers with "${how}"`, async () => {
        onSend(how);
        const sending = channel.send({ chat }, { text: "hello" }, options);
        const fault = await sending.then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(fault).toBeInstanceOf(Fault);
        expect(fault).toMatchObject({ code, verdict });
      });
    }

    test("knows who it is", async () => {
      onSend("take");
      const { identity } = await channel.check(options.abort);
      expect(identity).not.toBe("");
    });
  });
};
