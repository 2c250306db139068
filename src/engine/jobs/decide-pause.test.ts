import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideBackoffMs, decidePauseMs, PAUSE_MAX_MS, PAUSE_MIN_MS } from "./decide-pause.ts";

describe("decidePauseMs", () => {
  it("sleeps until the next job may be claimed, within its bounds", () => {
    for (const [nextClaimableAtMs, pauseMs] of [
      [1000 + PAUSE_MIN_MS + 1, PAUSE_MIN_MS + 1],
      [1000, PAUSE_MIN_MS],
      [0, PAUSE_MIN_MS],
      [1000 + PAUSE_MAX_MS - 1, PAUSE_MAX_MS - 1],
      [1000 + PAUSE_MAX_MS + 1, PAUSE_MAX_MS],
      [undefined, PAUSE_MAX_MS],
    ] as const) {
      assert.equal(decidePauseMs({ nowMs: 1000, nextClaimableAtMs, freeSlots: 1 }), pauseMs);
    }
  });

  it("waits to be woken by the end of a run while every slot is taken", () => {
    assert.equal(decidePauseMs({ nowMs: 0, nextClaimableAtMs: 1, freeSlots: 0 }), PAUSE_MAX_MS);
  });
});

describe("decideBackoffMs", () => {
  it("doubles from a quarter of a second up to the longest pause", () => {
    assert.deepEqual(
      [1, 2, 3, 5, 6, 1000].map(decideBackoffMs),
      [250, 500, 1000, 4000, 5000, 5000],
    );
  });
});
