/** What may stand in a persona. Pure. */

/** Longest text that is kept about a person, in UTF-16 units: it travels with their messages. */
export const mostPersonaChars = 4_000;

/** Lines end in `\n`; what cannot be seen, and space around the whole, goes. */
export const tidyPersona = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/\r\n?/g, "\n")
    // oxlint-disable-next-line no-control-regex -- these are what it is about
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "")
    .trim();
