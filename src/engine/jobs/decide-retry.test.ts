import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ATTEMPTS_MIN, decideRetry, OUTAGE_PATIENCE_MS } from "./decide-retry.ts";

const outage = Object.assign(new Error("disk full"), { code: "ENOSPC" });
const defect = new TypeError("x is not a function");

describe("decideRetry", () => {
  it("waits twice as long after each failure, up to five minutes", () => {
    for (const [attempts, delayMs] of [
      [1, 1000],
      [2, 2000],
      [9, 256_000],
      [10, 300_000],
      [1000, 300_000],
    ] as const) {
      const decision = decideRetry({ error: outage, attempts, overdueMs: 0 });
      assert.deepEqual(decision, { kind: "Retry", delayMs });
    }
  });

  it("waits out an outage for a day, and then needs a few attempts in a row", () => {
    const giveUp = (attempts: number, overdueMs: number) =>
      decideRetry({ error: outage, attempts, overdueMs }).kind === "GiveUp";
    assert.equal(giveUp(1000, OUTAGE_PATIENCE_MS - 1), false);
    assert.equal(giveUp(ATTEMPTS_MIN - 1, OUTAGE_PATIENCE_MS), false);
    assert.equal(giveUp(ATTEMPTS_MIN, OUTAGE_PATIENCE_MS), true);
  });

  it("gives up after a few attempts when the error is a defect", () => {
    const giveUp = (error: unknown, attempts: number) =>
      decideRetry({ error, attempts, overdueMs: 1 }).kind === "GiveUp";
    assert.equal(giveUp(defect, ATTEMPTS_MIN - 1), false);
    assert.equal(giveUp(defect, ATTEMPTS_MIN), true);
    assert.equal(giveUp("thrown text", ATTEMPTS_MIN), true);
  });
});
