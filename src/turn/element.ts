/**
 * Elements in what agents are told: `<lettabox …>`. Inside one every value is escaped, and people's own words stand outside
 * with our names made harmless, so nothing that a person writes can close an element or open one.
 */

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** What no server takes: NUL, and halves of characters. */
const clean = (value: string): string => value.toWellFormed().replaceAll("\0", "");

const escape = (value: string, special: RegExp): string =>
  clean(value).replace(special, (character) => escapes[character] ?? "");

/** ` name="value"`; nothing when there is no value. */
export const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? "" : ` ${name}="${escape(value, /[&<>"\n\r]/g)}"`;

/** Text between an element's tags, over several lines. */
export const content = (value: string): string => escape(value, /[&<>]/g);

/** A person's words with our elements' names made harmless, should they try to write one of their own. */
export const disarm = (text: string): string => clean(text).replace(/<(\/?)(?=lettabox\b)/gi, "&lt;$1");
