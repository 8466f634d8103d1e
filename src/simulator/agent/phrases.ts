/** The fixed phrases that make the demo agent do something particular, so that strangers and checkers can steer it. */

export type PhraseKind = "slow" | "think" | "tool" | "ask" | "fail" | "flood" | "silent" | "remember" | "recall";

export type Phrase = {
  readonly kind: PhraseKind;
  /** For `slow` and `flood`: how many words or characters. */
  readonly count: number;
  /** For `flood`: the number of its first line, which tells it apart from another flood. 0 unless given. */
  readonly from?: number;
  /** What follows the phrase, and the other messages of the same post: repeated at the end of the answer. */
  readonly tail: string;
};

const phrase =
  /\bdemo\s+(?:slow\b(?:\s+(?<words>\d+))?|flood\b(?:\s+(?<chars>\d+))?(?:\s+from\s+(?<from>\d{1,8}))?|(?:think|tool|ask|fail|silent|remember|recall)\b)/i;

const bounded = (digits: string | undefined, usual: number, most: number): number =>
  digits === undefined ? usual : Math.min(Number(digits), most);

/** The first phrase in the texts of a post, or null. */
export const phraseIn = (texts: readonly string[]): Phrase | null => {
  for (const [index, text] of texts.entries()) {
    const found = phrase.exec(text);
    if (found === null) continue;
    const others = texts.filter((_, at) => at !== index);
    const tail = [text.slice(found.index + found[0].length).trim(), ...others].filter((part) => part !== "").join("\n");
    const kind = found[0].split(/\s+/)[1]?.toLowerCase() as PhraseKind;
    const { words, chars, from } = found.groups ?? {};
    if (kind === "slow") return { kind, count: bounded(words, 10, 10_000), tail };
    if (kind === "flood") {
      const count = bounded(chars, 1_000, 10_000_000);
      return { kind, count, ...(from === undefined ? {} : { from: Number(from) }), tail };
    }
    return { kind, count: 0, tail };
  }
  return null;
};
