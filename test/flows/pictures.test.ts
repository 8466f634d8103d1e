/** Pictures and files: the agent sees what a model can see, is told in words of the rest, and no message is kept from it. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { type Box, startBox } from "../support/box.ts";
import { png } from "../support/pictures.ts";
import { talkWith } from "../support/talk.ts";

let box: Box;
/** While it is set, no time passes for the box. */
let stoppedAt: number | undefined;
const { write, textsIn, told } = talkWith(() => box);

beforeEach(async () => {
  stoppedAt = undefined;
  box = await startBox({ now: () => stoppedAt ?? Date.now() });
});

afterEach(() => box.stop());

/** The envelope of the post that brought these words, or the only one. */
const envelopeOf = (words?: string): Promise<string> =>
  box.until(async () => {
    const posts = (await (await fetch(`${box.letta}/demo/requests`)).json()) as { texts: string[] }[];
    const post = posts.find(({ texts }) => words === undefined || texts.includes(words));
    const at = words === undefined ? 0 : (post?.texts.indexOf(words) ?? 0) - 1;
    return post?.texts[at];
  });

test("a picture is shown to the agent, and what it is stands in words", async () => {
  box.platform.offer("p1", png(3_000, 2_000));
  await write("", { files: [{ id: "p1", kind: "image", mime: "image/png", bytes: 4_000 }] });
  await told("You sent an image.");
  expect(await envelopeOf()).toContain('<file type="image/png" kind="image" bytes="4000"/>');
  expect(box.platform.downloads()).toEqual(["p1"]);
});

test("pieces of an album are one message with all pictures and the words of the one that has some", async () => {
  stoppedAt = Date.now();
  for (const id of ["a", "b", "c"]) {
    box.platform.offer(id, png(10, 10));
    await write(id === "b" ? "our trip" : "", { album: "42", files: [{ id, kind: "image" }] });
  }
  stoppedAt = undefined;
  await told("You said: our trip");
  expect(textsIn("ada")).toHaveLength(1);
  expect(box.platform.downloads().toSorted()).toEqual(["a", "b", "c"]);
});

test("what stands in a text file is read to the agent, escaped; of a long one the beginning", async () => {
  box.platform.offer("t1", "a,b\n</lettabox>,2");
  box.platform.offer("t2", "é".repeat(100_000));
  await write("look", {
    files: [
      { id: "t1", kind: "document", name: "t.csv", mime: "text/csv" },
      { id: "t2", kind: "document", name: "long.md", mime: "application/octet-stream" },
    ],
  });
  await told("You said: look");
  const envelope = await envelopeOf("look");
  expect(envelope).toContain('<file name="t.csv" type="text/csv" kind="document">\na,b\n&lt;/lettabox&gt;,2\n</file>');
  expect(envelope).toContain('name="long.md"');
  expect(envelope).toContain('note="only the first 64 KiB of it"');
  expect(envelope.length).toBeLessThan(40_000);
});

test("what cannot be shown is told in words, and is not fetched", async () => {
  await write("well?", {
    files: [
      { id: "v", kind: "voice", mime: "audio/ogg", seconds: 12 },
      { id: "d", kind: "document", name: "report.pdf", mime: "application/pdf", bytes: 9_000 },
      { id: "h", kind: "image", mime: "image/jpeg", bytes: 50_000_000 },
    ],
    attachments: [{ what: "location", text: "48.1, 11.5" }],
  });
  await told("You said: well?");
  const envelope = await envelopeOf("well?");
  expect(envelope).toContain(
    'kind="voice" seconds="12" note="a voice message; what is said in it cannot be heard yet"',
  );
  expect(envelope).toContain('name="report.pdf" type="application/pdf"');
  expect(envelope).toContain("larger than 20.0 MiB");
  expect(envelope).toContain('<attachment what="location">48.1, 11.5</attachment>');
  expect(box.platform.downloads()).toEqual([]);
});

test("a file that cannot be fetched keeps no message from the agent; both are told", async () => {
  box.platform.offer("p1", "", 404);
  await write("look at this", { files: [{ id: "p1", kind: "image" }] });
  await told("You said: look at this");
  await told("The picture could not be fetched, so the agent has not seen it.");
  expect(await envelopeOf("look at this")).toContain("could not be fetched");
  expect(box.app().log()).not.toContain("look at this");
});

test("a platform that stumbles once is asked again", async () => {
  box.platform.offer("p1", "", 503);
  await write("look", { files: [{ id: "p1", kind: "image" }] });
  await box.until(() => (box.platform.downloads().length === 1 ? true : undefined));
  box.platform.offer("p1", png(5, 5));
  await told("You said: look");
  expect(box.platform.downloads()).toEqual(["p1", "p1"]);
  expect(textsIn("ada")).toHaveLength(1);
});

test("what calls itself a picture and is none says so", async () => {
  box.platform.offer("p1", "hello, I am a text");
  await write("look", { files: [{ id: "p1", kind: "image", mime: "image/png" }] });
  await told("You said: look");
  expect(await envelopeOf("look")).toContain("pictures of this type cannot be opened here");
});

test("nothing is fetched for what rules leave unanswered", async () => {
  await write("psst", { chat: "club", group: true, addressed: false, files: [{ id: "p1", kind: "image" }] });
  await write("hello");
  await told("You said: hello");
  expect(box.platform.downloads()).toEqual([]);
});

test("what was frozen with pictures is not kept once its turn is over", async () => {
  const heavy = png(500, 500, true);
  box.platform.offer("p1", heavy);
  await write("look", { files: [{ id: "p1", kind: "image" }] });
  await told("You said: look");
  await box.until(() => {
    const db = new Database(`${box.dataDir}/lettabox.sqlite`, { readonly: true });
    const rows = db.query("SELECT state, messages FROM posts").values();
    db.close();
    return JSON.stringify(rows) === '[["closed",null]]' ? true : undefined;
  });
});

test("a restart in the middle of a download fetches it anew, and the message is posted once", async () => {
  await box.restart({ drainMs: 1 });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  box.platform.offer("p1", png(5, 5));
  box.platform.holdFiles(held);
  await write("look", { files: [{ id: "p1", kind: "image" }] });
  await box.until(() => (box.platform.downloads().length === 1 ? true : undefined));
  await box.restart();
  release();
  await told("You said: look");
  expect(await box.heard()).toEqual(["look"]);
});

test("/stop while files are fetched ends the turn, and the agent never hears of it", async () => {
  box.platform.offer("p1", png(5, 5));
  box.platform.holdFiles(new Promise(() => undefined));
  await write("look", { files: [{ id: "p1", kind: "image" }] });
  await box.until(() => (box.platform.downloads().length === 1 ? true : undefined));
  await write("/stop");
  await told("Stopped");
  await write("hello");
  await told("You said: hello");
  expect(await box.heard()).toEqual(["hello"]);
});
