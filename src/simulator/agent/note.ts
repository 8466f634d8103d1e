/** What lettabox told about whoever speaks: system messages with one element each, named after the person. */
import { type Spoken, textsOf } from "./said.ts";

const unescape = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The newest note about the person of the last message; null when there is none, or it says that nothing is known. */
export const noteIn = (messages: readonly Spoken[]): string | null => {
  const words = (role: string): readonly string[] =>
    messages.filter((message) => message.role === role).map(({ content }) => textsOf(content).join("\n"));
  const person = /^<lettabox [^>]*? person="([^"]*)"/.exec(words("user").at(-1) ?? "")?.[1];
  if (person === undefined) return null;
  const opening = `<lettabox-person person="${person}"`;
  const note = words("system").findLast((text) => text.includes(opening)) ?? "";
  const told = /^[^>]*[^/]>\n(.*)\n<\/lettabox-person>$/s.exec(note.slice(note.indexOf(opening)))?.[1];
  return told === undefined ? null : unescape(told);
};
