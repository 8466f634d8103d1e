/**
 * How often somebody may do something: a bucket per key that holds a minute's worth and fills up evenly. A look at a bucket
 * costs the same however busy it was; one that is full is as good as none, so those that were quiet longest are forgotten
 * first. All of it lives in memory only.
 */

const minuteMs = 60_000;
/** Buckets kept: about 1 MiB. */
const usualKeys = 10_000;

export type Spent = {
  /** False when the bucket was empty; nothing was taken then. */
  readonly allowed: boolean;
  /** Whole units that are left. */
  readonly left: number;
  /** Until there is one more than that. */
  readonly moreInMs: number;
};

export type Limiter<Key> = {
  /** Takes one unit. `at` is now, in milliseconds since 1970; `perMinute` is always the same for a key. */
  spend(key: Key, perMinute: number, at: number): Spent;
};

/** What a bucket lacked at a time, in shares of a unit: in each millisecond as many come back as there are units a minute. */
type Bucket = { missing: number; since: number };

/** The shares of one unit. */
const unit = minuteMs;

export const createLimiter = <Key extends string | number>(maxKeys = usualKeys): Limiter<Key> => {
  /** In the order of use. */
  const buckets = new Map<Key, Bucket>();

  const remember = (key: Key, bucket: Bucket): void => {
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.size > maxKeys ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
  };

  return {
    spend: (key, perMinute, at) => {
      const before = buckets.get(key) ?? { missing: 0, since: at };
      // A clock that was set back gives nothing back, and takes nothing either.
      const elapsedMs = Math.max(0, at - before.since);
      const whole = perMinute * unit;
      const missing = Math.max(0, before.missing - elapsedMs * perMinute);
      const allowed = missing + unit <= whole;
      const after = allowed ? missing + unit : missing;
      remember(key, { missing: after, since: at });
      const left = Math.floor((whole - after) / unit);
      return { allowed, left, moreInMs: ((left + 1) * unit - (whole - after)) / perMinute };
    },
  };
};
