/** What makes a formula of what stands between two dollars. */

/** Whether what stands between two dollars is a formula, not an amount or a variable. */
export const isFormula = (inner: string): boolean =>
  /^[0-9]/.test(inner) ? /[\\^_={]/.test(inner) : /[\\^_{}=+<>|]|^[A-Za-z]$|^[A-Za-z]\(|\w\s*[-*/]\s*\w/.test(inner);

/** Whether a formula can be written between dollars, and does no harm where it is read as text. */
export const isSafeFormula = (inner: string): boolean =>
  inner.trim() === inner && !/[\n$|`]|\]\(|<[a-z/!?]|:\/\/|(?<!\\)(\\\\)*\\$/i.test(inner) && isFormula(inner);
