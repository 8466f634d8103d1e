/** Pictures that an agent writes into its words, as `data:` addresses in Markdown. Pure. */

type Inline = { readonly name: string; readonly mime: string; readonly bytes: Uint8Array };

/** Words without a bracket of their own, so that a text full of brackets is read once. */
const pattern = /!\[([^[\]\n]{0,1000})\]\(\s*data:(image\/[\w.+-]{1,40});base64,([A-Za-z0-9+/=\s]*)\)/g;
const mostFiles = 10;
const ending = (mime: string): string =>
  ({ "image/jpeg": "jpg", "image/svg+xml": "svg" })[mime] ?? mime.slice("image/".length).replace(/\W.*/, "");

/** The text with the words of each picture in its place, and the pictures. What is no picture, or too large, says so. */
export const takeInlineFiles = (
  text: string,
  most: number,
): { readonly text: string; readonly made: readonly Inline[] } => {
  const made: Inline[] = [];
  const rest = text.replaceAll(pattern, (_, alt: string, mime: string, data: string) => {
    const bytes = Buffer.from(data, "base64");
    const words = alt.trim();
    if (bytes.length === 0 || bytes.length > most || made.length >= mostFiles) {
      return `(${words === "" ? "a picture" : words}: it could not be sent)`;
    }
    const name = `${words === "" ? `picture-${made.length + 1}` : words}.${ending(mime.toLowerCase())}`;
    made.push({ name, mime: mime.toLowerCase(), bytes });
    return words === "" ? "" : `_${words}_`;
  });
  return { text: rest.trim(), made };
};
