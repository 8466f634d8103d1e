/** The fixed phrases that make the demo agent do something particular, so that strangers and checkers can steer it. */

export type PhraseKind = "slow" | "think" | "tool" | "ask" | "fail" | "flood" | "silent" | "remember" | "recall";

export type Phrase = {
  readonly kind: PhraseKind;
  /** For `slow` and `flood`: how many words or characters. */
  readonly count: number;
  /** What follows the phrase, and the other messages of the same post: repeated at the end of the answer. */
  readonly tail: string;
};

const phrase = /\bdemo\s+(?:(slow|flood)\b(?:\s+(\d+))?|(think|tool|ask|fail|silent|remember|recall)\b)/i;

const usual = { slow: 10, flood: 1_000 } as const;
const most = { slow: 10_000, flood: 10_000_000 } as const;

/** The first phrase in the texts of a post, or null. */
export const phraseIn = (texts: readonly string[]): Phrase | null => {
  for (const [index, text] of texts.entries()) {
    const found = phrase.exec(text);
    if (found === null) continue;
    const others = texts.filter((_, at) => at !== index);
    const tail = [text.slice(found.index + found[0].length).trim(), ...others].filter((part) => part !== "").join("\n");
    const counted = found[1]?.toLowerCase();
    if (counted === "slow" || counted === "flood") {
      const count = found[2] === undefined ? usual[counted] : Math.min(Number(found[2]), most[counted]);
      return { kind: counted, count, tail };
    }
    return { kind: found[3]?.toLowerCase() as PhraseKind, count: 0, tail };
  }
  return null;
};
