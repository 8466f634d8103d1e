/** What makes a formula of what stands between two dollars. */

/** Whether what stands between two dollars is a formula, not an amount or a variable. */
export const isFormula = (inner: string): boolean =>
  /^[0-9]/.test(inner) ? /[\\^_={]/.test(inner) : /[\\^_{}=+<>|]|^[A-Za-z]$|^[A-Za-z]\(|\w\s*[-*/]\s*\w/.test(inner);

/** A bracket that stays open might be closed by what stands behind the formula, and make a link of both. */
const closesBrackets = (inner: string): boolean => {
  let open = 0;
  for (const character of inner) {
    if (character === "[") open += 1;
    if (character === "]") open -= 1;
    if (open < 0) return false;
  }
  return open === 0;
};

/** Whether a formula can be written between dollars, and does no harm where it is read as text. */
export const isSafeFormula = (inner: string): boolean =>
  inner.trim() === inner &&
  !/[\n$|`]|\]\(|<[a-z/!?]|:\/\/|(?<!\\)(\\\\)*\\$/i.test(inner) &&
  isFormula(inner) &&
  closesBrackets(inner);
