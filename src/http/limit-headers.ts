/**
 * `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers has them since its eighth version: what is
 * allowed (`q` units, in `w` seconds where it is a rate), how much is left (`r`), and in how many seconds there is more
 * (`t`). One answer may tell of several policies.
 */

type Level = {
  readonly name: string;
  readonly quota: number;
  readonly left: number;
};

/** Adds to what the head of an answer says already. */
const add = (head: Headers, policy: string, state: string): void => {
  head.append("ratelimit-policy", policy);
  head.append("ratelimit", state);
};

/** Whole seconds, at least one: who comes back then finds what was promised. */
export const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** So many a minute. */
export const tellRate = (head: Headers, { name, quota, left, moreInMs }: Level & { readonly moreInMs: number }): void =>
  add(head, `"${name}";q=${quota};w=60`, `"${name}";r=${left};t=${secondsOf(moreInMs)}`);

/** So many at a time. */
export const tellConcurrency = (head: Headers, { name, quota, left }: Level): void =>
  add(head, `"${name}";q=${quota};qu="concurrent-requests"`, `"${name}";r=${left}`);
