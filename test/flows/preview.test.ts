import { afterEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { type Box, startBox } from "../support/box.ts";

let box: Box;

afterEach(() => box.stop());

test("the preview becomes the answer, and is forgotten with it", async () => {
  box = await startBox();
  await box.deliver({ id: "1", chat: "ada", from: "ada", text: "demo slow 4 hello" });
  const preview = await box.until(() => box.platform.messages().find((one) => one.preview));
  const answer = await box.until(() => box.standing("ada")[0]);
  expect(answer).toMatchObject({ id: preview.id, replaces: preview.id });
  const db = new Database(`${box.dataDir}/lettabox.sqlite`, { readonly: true });
  // Otherwise a later part of the turn, after a restart, would be edited over the answer.
  expect(db.query("SELECT preview_id FROM turns").values()).toEqual([[null]]);
  db.close();
});

test("after a stop, what the agent had said stands in the preview's place", async () => {
  box = await startBox();
  await box.deliver({ id: "1", chat: "ada", from: "ada", text: "demo slow 300 hello" });
  const preview = await box.until(() => box.platform.messages().find((one) => one.preview));
  await box.deliver({ id: "2", chat: "ada", from: "ada", text: "", kind: "stop" });
  const said = await box.until(() => box.standing("ada")[0]);
  expect(said.id).toBe(preview.id);
  expect(said.text).toStartWith("one");
  expect(box.platform.messages()).toHaveLength(1);
});
