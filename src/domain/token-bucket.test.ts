import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createTokenBuckets, fullBucket, refill, takeToken } from "./token-bucket.ts";

const RATE = { perSecond: 10, burst: 3 };

/** Takes as often as asked at once; tells how many tokens came. */
function takeMany(times: number, nowMs: number, start = fullBucket(RATE, nowMs)) {
  let bucket = start;
  let taken = 0;
  for (let round = 0; round < times; round += 1) {
    const after = takeToken(bucket, RATE, nowMs);
    taken += after === undefined ? 0 : 1;
    bucket = after ?? bucket;
  }
  return { bucket, taken };
}

describe("a token bucket", () => {
  it("gives the burst at once and nothing more", () => {
    assert.equal(takeMany(2, 0).taken, 2);
    assert.equal(takeMany(3, 0).taken, 3);
    assert.equal(takeMany(4, 0).taken, 3);
  });

  it("gives the next token when a whole one has flowed in, and not before", () => {
    const { bucket } = takeMany(3, 1000);
    assert.equal(takeToken(bucket, RATE, 1099), undefined);
    assert.notEqual(takeToken(bucket, RATE, 1100), undefined);
  });

  it("never holds more than the burst, however long the rest was", () => {
    assert.equal(refill(takeMany(3, 0).bucket, RATE, 1e12).tokens, 3);
  });

  it("neither gains nor loses tokens when the clock is set back", () => {
    const { bucket } = takeMany(2, 5000);
    assert.equal(refill(bucket, RATE, 1000).tokens, 1);
    assert.notEqual(takeToken(bucket, RATE, 1000), undefined);
  });

  it("gives at most the burst and what flowed in, whenever it is asked", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, (gapsMs) => {
        let nowMs = 0;
        let taken = 0;
        const buckets = createTokenBuckets(RATE, 10);
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          taken += buckets.take("a", nowMs) ? 1 : 0;
        }
        assert.ok(taken <= RATE.burst + (nowMs * RATE.perSecond) / 1000 + 1e-6);
      }),
    );
  });
});

describe("createTokenBuckets", () => {
  it("keeps the keys apart", () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, 10);
    assert.deepEqual(
      ["a", "a", "b"].map((key) => buckets.take(key, 0)),
      [true, false, true],
    );
  });

  it("remembers no more keys than it may, and forgets the one not heard of for longest", () => {
    const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, 2);
    for (const key of ["a", "b", "a", "c"]) {
      buckets.take(key, 0);
    }
    assert.equal(buckets.size(), 2);
    assert.equal(buckets.take("a", 0), false);
    assert.equal(buckets.take("b", 0), true);
  });

  it("refuses a rate that would let nothing through", () => {
    assert.throws(() => createTokenBuckets({ perSecond: 0, burst: 1 }, 1), /lets requests through/);
    assert.throws(
      () => createTokenBuckets({ perSecond: 1, burst: 0.5 }, 1),
      /lets requests through/,
    );
  });
});
