/** How many requests somebody may send: a bucket that fills steadily and gives a token to each request. */
import { assert } from "../std/assert.ts";

export interface RequestRate {
  /** Tokens that flow in, per second. */
  readonly perSecond: number;
  /** What the bucket holds: so many requests may come at once after a rest. */
  readonly burst: number;
}

/** The tokens that were there at an instant. */
export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** A bucket from which nothing was taken yet. */
export function fullBucket({ burst }: RequestRate, nowMs: number): TokenBucket {
  return { tokens: burst, atMs: nowMs };
}

/** The bucket at `nowMs`. A clock that was set back adds nothing, and takes nothing away. */
export function refill(bucket: TokenBucket, rate: RequestRate, nowMs: number): TokenBucket {
  const elapsedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = bucket.tokens + (elapsedMs * rate.perSecond) / 1000;
  return { tokens: Math.min(rate.burst, tokens), atMs: nowMs };
}

/** The bucket without one token, or `undefined` when it holds less than one. */
export function takeToken(
  bucket: TokenBucket,
  rate: RequestRate,
  nowMs: number,
): TokenBucket | undefined {
  const { tokens, atMs } = refill(bucket, rate, nowMs);
  return tokens < 1 ? undefined : { tokens: tokens - 1, atMs };
}

/** A bucket for each key. */
export interface TokenBuckets {
  /** Takes a token of `key`; false when there is none. */
  take(key: string, nowMs: number): boolean;
  /** How many buckets are remembered. */
  size(): number;
}

/**
 * Buckets of at most `maxKeys` keys. Beyond that the key that was not heard of for longest is forgotten, and
 * starts with a full bucket when it comes back.
 */
export function createTokenBuckets(rate: RequestRate, maxKeys: number): TokenBuckets {
  assert(rate.perSecond > 0 && rate.burst >= 1, `a rate lets requests through: ${rate.perSecond}`);
  assert(maxKeys >= 1, `maxKeys must be at least 1: ${maxKeys}`);
  const buckets = new Map<string, TokenBucket>();
  return {
    take: (key, nowMs) => {
      const before = buckets.get(key) ?? fullBucket(rate, nowMs);
      const after = takeToken(before, rate, nowMs);
      // Deleted first, so that the map's order is the order of last use.
      buckets.delete(key);
      buckets.set(key, after ?? refill(before, rate, nowMs));
      const [oldest] = buckets.size > maxKeys ? buckets.keys() : [];
      if (oldest !== undefined) {
        buckets.delete(oldest);
      }
      return after !== undefined;
    },
    size: () => buckets.size,
  };
}
