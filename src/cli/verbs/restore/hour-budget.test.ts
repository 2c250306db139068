import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createHourBudget, planBatches } from "./hour-budget.ts";

const HOUR_MS = 3_600_000;

describe("createHourBudget", () => {
  it("has no limit without one", () => {
    const budget = createHourBudget(undefined);
    budget.take(1e15, 0);
    assert.equal(budget.waitMs(1e15, 0), 0);
  });

  it("lets bytes through until the hour is full, and again as they grow old", () => {
    const budget = createHourBudget(100);
    budget.take(60, 0);
    budget.take(40, 1000);
    assert.equal(budget.waitMs(1, 2000), HOUR_MS - 2000);
    assert.equal(budget.waitMs(61, 2000), HOUR_MS - 1000);
    assert.equal(budget.waitMs(60, HOUR_MS), 0);
  });

  it("lets an archive larger than the budget through alone, for as long as it would take", () => {
    const budget = createHourBudget(100);
    assert.equal(budget.waitMs(250, 0), 0);
    budget.take(250, 0);
    assert.equal(budget.waitMs(1, 0), 2.5 * HOUR_MS);
    budget.take(1, 2.5 * HOUR_MS);
    assert.equal(budget.waitMs(250, 2.5 * HOUR_MS), HOUR_MS);
  });

  it("takes back what was refused, once", () => {
    const budget = createHourBudget(100);
    const undo = budget.take(100, 0);
    undo();
    undo();
    assert.equal(budget.waitMs(100, 0), 0);
    budget.take(100, 0);
    assert.equal(budget.waitMs(1, 0), HOUR_MS);
  });

  it("never lets more than the budget through within any hour, for any sizes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 40 }), (sizes) => {
        const budget = createHourBudget(100);
        const taken: { atMs: number; bytes: number }[] = [];
        let nowMs = 0;
        for (const bytes of sizes) {
          nowMs += budget.waitMs(bytes, nowMs);
          assert.equal(budget.waitMs(bytes, nowMs), 0);
          budget.take(bytes, nowMs);
          taken.push({ atMs: nowMs, bytes });
        }
        for (const { atMs: start } of taken) {
          const within = taken.filter(({ atMs }) => atMs >= start && atMs < start + HOUR_MS);
          assert.ok(within.reduce((sum, { bytes }) => sum + bytes, 0) <= 100);
        }
      }),
    );
  });
});

describe("planBatches", () => {
  it("is one batch without a budget", () => {
    assert.deepEqual(planBatches([1, 2], undefined), { numbers: [1, 1], count: 1, spanMs: 0 });
    assert.deepEqual(planBatches([], 5), { numbers: [], count: 0, spanMs: 0 });
  });

  it("begins a batch when the next archive does not fit", () => {
    assert.deepEqual(planBatches([60, 40, 1, 250, 5], 100), {
      numbers: [1, 1, 2, 3, 4],
      count: 4,
      spanMs: (1 + 1 + 2.5) * HOUR_MS,
    });
  });
});
