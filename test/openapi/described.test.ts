/** The check that every answer of the contract tests passes through says something when it should. */
import { expect, test } from "bun:test";
import { expectDescribed } from "../support/described.ts";

const answer = (body: unknown, status = 200): Response => Response.json(body, { status });
const model = { id: "Demo", object: "model", created: 1, owned_by: "lettabox" };

test("an answer as it is described passes", async () => {
  await expectDescribed("/v1/models/Demo", "GET", answer(model));
  await expectDescribed("/api/v1/turns/turn_1?x=1", "get", answer({ success: false, error: "No." }, 404));
});

test("a field that is missing, one too many, and a status that is not described are told", async () => {
  const { owned_by: _, ...less } = model;
  await expect(expectDescribed("/v1/models/Demo", "GET", answer(less))).rejects.toThrow("not the shape");
  await expect(expectDescribed("/v1/models/Demo", "GET", answer({ ...model, more: 1 }))).rejects.toThrow(
    "not the shape",
  );
  await expect(expectDescribed("/v1/models/Demo", "GET", answer(model, 418))).rejects.toThrow("not described");
});

test("errors have the shape of the API that they are met in", async () => {
  const refusal = { success: false, error: "No." };
  await expect(expectDescribed("/v1/models/Demo", "GET", answer(refusal, 404))).rejects.toThrow("not the shape");
});
