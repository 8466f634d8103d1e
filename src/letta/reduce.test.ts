import { expect, test } from "bun:test";
import fc from "fast-check";
import { createReducer, type TurnPart } from "./reduce.ts";
import type { Frame } from "./upstream.ts";

const reduce = (frames: readonly Frame[]): readonly TurnPart[] => {
  const reducer = createReducer();
  return [...frames.flatMap((frame) => reducer.push(frame).completed), ...reducer.end()];
};

const text = (otid: string, said: string): Frame => ({ type: "text", otid, text: said });
const call = (id: string, name: string, args: string): Frame => ({ type: "tool_call", id, name, arguments: args });
const result = (id: string, name = ""): Frame => ({ type: "tool_return", id, name, ok: true, text: "done" });
const end: Frame = { type: "stop", reason: "end_turn" };

test("deltas of one otid are one part, completed when another begins", () => {
  const reducer = createReducer();
  expect(reducer.push(text("o1", "Hel"))).toEqual({
    delta: { kind: "assistant", uuid: "o1", text: "Hel" },
    completed: [],
  });
  expect(reducer.push(text("o1", "lo")).completed).toEqual([]);
  expect(reducer.push(text("o2", "Next"))).toEqual({
    delta: { kind: "assistant", uuid: "o2", text: "Next" },
    completed: [{ kind: "assistant", uuid: "o1", text: "Hello" }],
  });
  expect(reducer.end()).toEqual([{ kind: "assistant", uuid: "o2", text: "Next" }]);
  expect(reducer.end()).toEqual([]);
});

test("reasoning and text are different parts even under one otid", () => {
  const parts = reduce([{ type: "reasoning", otid: "o1", text: "hm" }, text("o1", "hi"), end]);
  expect(parts).toEqual([
    { kind: "reasoning", uuid: "o1", text: "hm" },
    { kind: "assistant", uuid: "o1", text: "hi" },
  ]);
});

test("parallel calls interleave and are completed together by what comes after them", () => {
  const reducer = createReducer();
  const pieces = [
    call("c1", "find", ""),
    call("c2", "find", ""),
    call("c1", "", "{1"),
    call("c2", "", "{2"),
    call("c1", "", "}"),
  ];
  for (const piece of pieces) expect(reducer.push(piece).completed).toEqual([]);
  expect(reducer.push({ type: "ping" }).completed).toEqual([]);
  const { completed } = reducer.push(result("c1"));
  expect(completed).toMatchObject([
    { kind: "tool_call", id: "c1", name: "find", arguments: "{1}" },
    { kind: "tool_call", id: "c2", name: "find", arguments: "{2" },
    { kind: "tool_result", id: "c1", name: "find", ok: true, text: "done" },
  ]);
  expect(new Set(completed.map((part) => part.uuid)).size).toBe(3);
});

test("a name that a server repeats with every delta is not doubled", () => {
  expect(reduce([call("c1", "find", "{"), call("c1", "find", "}")])).toMatchObject([{ name: "find", arguments: "{}" }]);
});

test("calls that need approval stay apart from those that run", () => {
  const parts = reduce([
    call("c1", "find", "{}"),
    { type: "approval_request", id: "c2", name: "delete", arguments: "{}" },
    { type: "stop", reason: "requires_approval" },
  ]);
  expect(parts).toMatchObject([
    { kind: "tool_call", id: "c1" },
    { kind: "approval_request", id: "c2", name: "delete" },
  ]);
});

test("a part without text is none", () => {
  expect(reduce([text("o1", ""), end])).toEqual([]);
});

test("pings and counts come in the middle of a word", () => {
  const counted: Frame = { type: "usage", promptTokens: 1, completionTokens: 1, steps: 1 };
  const parts = reduce([text("o1", "a"), { type: "ping" }, { type: "run", runId: "run-a" }, counted, text("o1", "b")]);
  expect(parts).toEqual([{ kind: "assistant", uuid: "o1", text: "ab" }]);
});

test("uuids of tool parts are UUIDs that depend on nothing but the call", () => {
  const once = reduce([call("c1", "find", "{}"), result("c1")]);
  const again = reduce([text("o9", "x"), call("c1", "find", "{"), call("c1", "", "}"), result("c1", "find")]).slice(1);
  expect(again).toEqual([...once]);
  for (const { uuid } of once)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

type Whole = { readonly frame: Frame; readonly cuts: readonly number[] };

const cut = (whole: string, cuts: readonly number[]): readonly string[] => {
  const places = [...cuts.map((place) => place % (whole.length + 1)), 0, whole.length].toSorted((a, b) => a - b);
  return places.slice(1).map((to, index) => whole.slice(places[index], to));
};

const split = ({ frame, cuts }: Whole): readonly Frame[] => {
  if (frame.type === "text" || frame.type === "reasoning")
    return cut(frame.text, cuts).map((piece) => ({ ...frame, text: piece }));
  if (frame.type === "tool_call" || frame.type === "approval_request")
    return cut(frame.arguments, cuts).map((piece, index) => ({
      ...frame,
      arguments: piece,
      name: index === 0 ? frame.name : "",
    }));
  return [frame];
};

test("any splitting of the same messages into deltas reduces to the same parts", () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 });
  const said = fc.string({ unit: "grapheme", maxLength: 30 });
  const frames = fc.array(
    fc.oneof(
      fc.record({ type: fc.constantFrom("text" as const, "reasoning" as const), text: said }),
      fc.record({ type: fc.constantFrom("tool_call" as const, "approval_request" as const), arguments: said }),
      fc.constant({ type: "tool_return" as const }),
    ),
    { maxLength: 12 },
  );
  const whole = frames.chain((list) =>
    fc.tuple(
      ...list.map((one, index): fc.Arbitrary<Whole> => {
        const id = `id-${index}`;
        const frame: Frame =
          one.type === "tool_return"
            ? { type: "tool_return", id, name: "tool", ok: true, text: "ok" }
            : "text" in one
              ? { ...one, otid: id }
              : { ...one, id, name: "tool" };
        return cuts.map((places) => ({ frame, cuts: places }));
      }),
    ),
  );
  fc.assert(
    fc.property(whole, fc.nat(), (messages, seed) => {
      const expected = reduce(messages.map(({ frame }) => frame));
      const pings = (pieces: readonly Frame[]) =>
        pieces.flatMap((piece, index): readonly Frame[] =>
          (index + seed) % 5 === 0 ? [piece, { type: "ping" }] : [piece],
        );
      expect(reduce(pings(messages.flatMap(split)))).toEqual([...expected]);
    }),
  );
});

test("what is streamed is what is completed: deltas of a part add up to its text", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.string()), { maxLength: 20 }), (pieces) => {
      const reducer = createReducer();
      const streamed: string[] = [];
      const completed: string[] = [];
      const keep = (parts: readonly TurnPart[]) => {
        for (const part of parts) if ("text" in part) completed.push(part.text);
      };
      for (const [otid, said] of pieces) {
        const reduction = reducer.push(text(`o${otid}`, said));
        keep(reduction.completed);
        streamed.push(reduction.delta?.text ?? "");
      }
      keep(reducer.end());
      expect(completed.join("")).toBe(streamed.join(""));
    }),
  );
});
