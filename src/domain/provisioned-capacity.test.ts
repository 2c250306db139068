import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CapacityId } from "./ids.ts";
import { checkExpeditedCapacity, decidePurchase } from "./provisioned-capacity.ts";

const capacityId = "unit" as CapacityId;

function expiryOf(start: string): string {
  const { expiresAtMs } = decidePurchase(0, { capacityId, nowMs: Date.parse(start) });
  return new Date(expiresAtMs).toISOString();
}

describe("decidePurchase", () => {
  it("starts now and ends one calendar month later", () => {
    const nowMs = Date.parse("2016-12-13T20:11:51.095Z");
    const expiresAtMs = Date.parse("2017-01-13T20:11:51.000Z");
    assert.deepEqual(decidePurchase(0, { capacityId, nowMs }), {
      capacityId,
      startMs: nowMs,
      expiresAtMs,
    });
  });

  it("ends on the last day of a month that is too short", () => {
    assert.equal(expiryOf("2017-01-31T14:26:33.031Z"), "2017-02-28T14:26:33.000Z");
    assert.equal(expiryOf("2028-01-30T00:00:00Z"), "2028-02-29T00:00:00.000Z");
    assert.equal(expiryOf("2026-08-31T10:00:00Z"), "2026-09-30T10:00:00.000Z");
    assert.equal(expiryOf("2026-12-31T10:00:00Z"), "2027-01-31T10:00:00.000Z");
  });

  it("rounds the end to the nearest second, over midnight too", () => {
    assert.equal(expiryOf("2026-03-05T10:00:00.499Z"), "2026-04-05T10:00:00.000Z");
    assert.equal(expiryOf("2026-03-05T10:00:00.500Z"), "2026-04-05T10:00:01.000Z");
    assert.equal(expiryOf("2026-03-31T23:59:59.900Z"), "2026-05-01T00:00:00.000Z");
  });

  it("gives a second unit and refuses a third", () => {
    const purchase = { capacityId, nowMs: 0 };
    assert.equal(decidePurchase(1, purchase).capacityId, capacityId);
    for (const units of [2, 3]) {
      assert.throws(() => decidePurchase(units, purchase), { code: "LimitExceededException" });
    }
  });
});

describe("checkExpeditedCapacity", () => {
  const refused = { code: "InsufficientCapacityException" };

  it("never refuses when unlimited, nor with a unit", () => {
    checkExpeditedCapacity("unlimited", { unexpiredUnits: 0, inProgress: 1e6 });
    checkExpeditedCapacity(0, { unexpiredUnits: 1, inProgress: 1e6 });
  });

  it("refuses the one beyond the limit, and any when there is none", () => {
    checkExpeditedCapacity(2, { unexpiredUnits: 0, inProgress: 1 });
    assert.throws(() => checkExpeditedCapacity(2, { unexpiredUnits: 0, inProgress: 2 }), refused);
    assert.throws(() => checkExpeditedCapacity(0, { unexpiredUnits: 0, inProgress: 0 }), refused);
  });
});
