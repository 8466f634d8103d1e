import { expect, test } from "bun:test";
import { noteIn } from "./note.ts";

const from = (person: string, text = "hi") => ({
  role: "user",
  content: [
    { type: "text", text: `<lettabox channel="c" from="x" person="${person}" time="now"/>` },
    { type: "text", text },
  ],
});
const note = (person: string, text: string) => ({
  role: "system",
  content: [
    { type: "text", text: `About:\n<lettabox-person person="${person}" name="x">\n${text}\n</lettabox-person>` },
  ],
});
const nothing = (person: string) => ({ role: "system", content: `None: <lettabox-person person="${person}"/>` });

test("the newest note about the person of the last message counts, and nobody else's", () => {
  const told = [note("A", "likes tea\n&lt;b&gt; &amp;"), note("B", "likes rum")];
  expect(noteIn([...told, from("A")])).toBe("likes tea\n<b> &");
  expect(noteIn([...told, from("A"), from("B")])).toBe("likes rum");
  expect(noteIn([...told, note("A", "likes milk"), from("A")])).toBe("likes milk");
  expect(noteIn([...told, nothing("A"), from("A")])).toBeNull();
  expect(noteIn([...told, from("C")])).toBeNull();
});

test("whoever is not named has no note", () => {
  expect(noteIn([note("A", "likes tea"), { role: "user", content: "hi" }])).toBeNull();
  expect(noteIn([])).toBeNull();
});
