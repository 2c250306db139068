import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideLeftover, LEFTOVER_GRACE_MS } from "./decide-leftover.ts";

const nowMs = 10 * LEFTOVER_GRACE_MS;

function decide(boot: number, suspectSinceMs?: number) {
  const knownBoots = new Set([1, 2, 5]);
  return decideLeftover({ boot, currentBoot: 5, knownBoots, suspectSinceMs, nowMs });
}

describe("decideLeftover", () => {
  it("removes blobs of earlier boots at once", () => {
    assert.equal(decide(1), "Remove");
    assert.equal(decide(2), "Remove");
  });

  it("removes blobs of the running boot once they were unknown for an hour", () => {
    assert.equal(decide(5), "Suspect");
    assert.equal(decide(5, nowMs - LEFTOVER_GRACE_MS + 1), "Suspect");
    assert.equal(decide(5, nowMs - LEFTOVER_GRACE_MS), "Remove");
  });

  it("keeps blobs of boots that the metadata does not know, earlier or later", () => {
    assert.equal(decide(3), "KeepUnknownBoot");
    assert.equal(decide(6), "KeepUnknownBoot");
    assert.equal(decide(6, 0), "KeepUnknownBoot");
  });
});
