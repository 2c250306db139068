import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideDelayMs } from "./decide-delay.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_MS = 5 * 60 * 1000;

describe("decideDelayMs", () => {
  it("doubles from one second to five minutes", () => {
    const delays = [1, 2, 3, 9, 10, 1000].map((attempts) => decideDelayMs({ attempts, ageMs: 0 }));
    assert.deepEqual(delays, [1000, 2000, 4000, 256_000, MAX_MS, MAX_MS]);
  });

  it("gives up when the next attempt would come after 24 hours", () => {
    assert.equal(decideDelayMs({ attempts: 99, ageMs: DAY_MS - MAX_MS }), MAX_MS);
    assert.equal(decideDelayMs({ attempts: 99, ageMs: DAY_MS - MAX_MS + 1 }), undefined);
  });
});
