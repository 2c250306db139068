import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BlobId } from "../../domain/ids.ts";
import { MIB } from "../../domain/limits.ts";
import type { Walk } from "../../ports/scrub-store.ts";
import { decideDueAtMs, decideOldestVerifiedAtMs, estimatePassMs } from "./decide-schedule.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const INTERVAL_MS = 30 * DAY_MS;
const START_MS = Date.UTC(2026, 0, 1);
const BLOB = "0000000100000000000000000000aabb" as BlobId;

function walk(fields: Partial<Walk> = {}): Walk {
  return {
    name: "scrub",
    target: "",
    pass: 1,
    startedAtMs: START_MS,
    position: undefined,
    endedAtMs: undefined,
    previousStartedAtMs: undefined,
    ...fields,
  };
}

describe("the schedule of the scrub", () => {
  it("verifies every blob again within the interval when the next pass takes as long", () => {
    const property = fc.property(
      fc.integer({ min: 0, max: INTERVAL_MS }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tookMs, place) => {
        const ended = walk({ endedAtMs: START_MS + tookMs });
        const dueAtMs = decideDueAtMs(ended, INTERVAL_MS, START_MS + tookMs);
        assert.ok(dueAtMs >= START_MS + tookMs);
        const gapMs = dueAtMs + place * tookMs - (START_MS + place * tookMs);
        assert.ok(gapMs <= INTERVAL_MS, `${gapMs} ms`);
      },
    );
    fc.assert(property);
  });

  it("begins at once after a pass that took longer than the interval", () => {
    const ended = walk({ endedAtMs: START_MS + 2 * INTERVAL_MS });
    const endedAtMs = START_MS + 2 * INTERVAL_MS;
    assert.equal(decideDueAtMs(ended, INTERVAL_MS, endedAtMs), endedAtMs);
  });

  it("begins when the clock went back before the start of the last pass", () => {
    const nowMs = START_MS - DAY_MS;
    assert.equal(decideDueAtMs(walk({ endedAtMs: START_MS }), INTERVAL_MS, nowMs), nowMs);
  });

  it("knows how old the oldest verification is at most", () => {
    assert.equal(decideOldestVerifiedAtMs(undefined, undefined), undefined);
    assert.equal(decideOldestVerifiedAtMs(walk({ endedAtMs: START_MS + 5 }), undefined), START_MS);
    const uploadedAtMs = Number.parseInt(BLOB.slice(8, 20), 16);
    assert.equal(decideOldestVerifiedAtMs(walk(), BLOB), uploadedAtMs);
    const again = walk({ pass: 2, previousStartedAtMs: START_MS - 9 });
    assert.equal(decideOldestVerifiedAtMs(again, BLOB), START_MS - 9);
  });

  it("estimates a pass by bytes, copies and the least that a blob costs", () => {
    const stored = { archives: 0, bytes: BigInt(100 * MIB), copies: 2 };
    assert.equal(estimatePassMs(stored, MIB), 200_000);
    assert.equal(estimatePassMs({ archives: 16, bytes: 0n, copies: 1 }, MIB), 1000);
  });
});
