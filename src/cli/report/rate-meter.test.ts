import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRateMeter } from "./rate-meter.ts";

describe("createRateMeter", () => {
  it("averages over the last ten seconds", () => {
    let now = 0;
    const meter = createRateMeter(() => now);
    for (; now < 20_000; now += 500) {
      meter.add(now < 10_000 ? 50 : 500);
    }
    assert.equal(Math.round(meter.rate()), 1000);
    now += 20_000;
    assert.equal(meter.rate(), 0);
  });

  it("estimates nothing before five seconds of data and at a standstill", () => {
    let now = 0;
    const meter = createRateMeter(() => now);
    meter.add(4000);
    now = 4999;
    assert.equal(meter.estimateMs(1000), undefined);
    now = 5000;
    assert.equal(meter.estimateMs(800), 1000);
    now = 60_000;
    assert.equal(meter.estimateMs(800), undefined);
  });
});
