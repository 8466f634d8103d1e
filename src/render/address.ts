/** Addresses as Markdown holds them. */

/** An address as it stands in a link, where white space, marks and brackets would end it. */
export const encoded = (href: string): string =>
  href
    .trim()
    .replace(
      /[\s()<>\\[\]|`*~"'$^]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
