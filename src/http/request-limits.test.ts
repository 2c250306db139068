import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceError } from "../domain/errors.ts";
import { createRequestLimits, type LimitSettings } from "./request-limits.ts";

function makeLimits(settings: Partial<LimitSettings>) {
  const time = { nowMs: 0 };
  const clock = { nowMs: () => time.nowMs, sleep: () => Promise.resolve() };
  const all = { requestRate: undefined, connectionsMax: 1, uploadsMax: 1, ...settings };
  return { time, limits: createRequestLimits(all, clock) };
}

function isThrottling(message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof ServiceError);
    assert.equal(error.code, "ThrottlingException");
    assert.match(error.message, message);
    return true;
  };
}

describe("createRequestLimits", () => {
  it("refuses a key above its rate with the contract's words, and lets it in again later", () => {
    const { time, limits } = makeLimits({ requestRate: { perSecond: 2, burst: 2 } });
    limits.countRequest("k");
    limits.countRequest("k");
    assert.throws(() => limits.countRequest("k"), isThrottling(/^Rate exceeded$/));
    limits.countRequest("other");
    time.nowMs = 500;
    limits.countRequest("k");
  });

  it("counts no request when the rate is off", () => {
    const { limits } = makeLimits({});
    for (let round = 0; round < 10_000; round += 1) {
      limits.countRequest("k");
    }
  });

  it("takes as many bodies as there are places, and frees a place once", () => {
    const { limits } = makeLimits({ uploadsMax: 2 });
    const leave = limits.enterBody();
    limits.enterBody();
    assert.throws(() => limits.enterBody(), isThrottling(/^Rate exceeded: 2 request bodies/));
    leave();
    leave();
    limits.enterBody();
    assert.throws(() => limits.enterBody(), isThrottling(/2 request bodies/));
  });
});
