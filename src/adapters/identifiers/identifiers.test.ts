import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bootOfBlob, findArchiveId, findJobId, findUploadId } from "../../domain/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import { createIdentifiers } from "./identifiers.ts";

/** A clock that shows the times in turn, and the last of them for ever. */
function clockShowing(...timesMs: number[]): Clock {
  let calls = 0;
  return {
    nowMs: () => timesMs[Math.min(calls++, timesMs.length - 1)] ?? 0,
    sleep: () => Promise.resolve(),
  };
}

const NOW_MS = Date.UTC(2026, 0, 2);

function assertIncreasing(hexIds: readonly string[]): void {
  for (const [index, id] of hexIds.slice(1).entries()) {
    assert.ok(id > hexIds[index]!, `id ${index + 1} does not come after the one before`);
  }
}

function hexOf(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("hex");
}

describe("createIdentifiers", () => {
  it("makes ids that the parsers of the domain take", () => {
    const ids = createIdentifiers({ clock: clockShowing(NOW_MS), boot: 1 });
    assert.notEqual(findArchiveId(ids.archiveId()), undefined);
    assert.notEqual(findJobId(ids.jobId()), undefined);
    assert.notEqual(findUploadId(ids.uploadId()), undefined);
    assert.equal(ids.archiveId().length, 138);
    assert.equal(ids.jobId().length, 92);
    assert.equal(ids.uploadId().length, 92);
    assert.match(ids.requestId(), /^[A-Za-z0-9_-]{47}$/);
    assert.match(ids.lockId(), /^[A-Za-z0-9_-]{24}$/);
    assert.match(ids.capacityId(), /^[A-Za-z0-9_-]{24}$/);
    assert.match(ids.manifestId(), /^[0-9a-f]{32}$/);
  });

  it("puts the boot at the front of blob ids", () => {
    for (const boot of [0, 1, 0xffffffff]) {
      const blobId = createIdentifiers({ clock: clockShowing(NOW_MS), boot }).blobId();
      assert.match(blobId, /^[0-9a-f]{32}$/);
      assert.equal(bootOfBlob(blobId), boot);
    }
  });

  it("refuses a boot number that does not fit four bytes", () => {
    for (const boot of [-1, 1.5, 2 ** 32]) {
      assert.throws(() => createIdentifiers({ clock: clockShowing(0), boot }), /boot must fit/);
    }
  });

  it("begins archive, job, upload and manifest ids with the time in milliseconds", () => {
    const ids = createIdentifiers({ clock: clockShowing(NOW_MS), boot: 7 });
    const prefix = NOW_MS.toString(16).padStart(12, "0");
    assert.equal(hexOf(ids.archiveId()).slice(0, 12), prefix);
    assert.equal(hexOf(ids.jobId()).slice(0, 12), prefix);
    assert.equal(hexOf(ids.uploadId()).slice(0, 12), prefix);
    assert.equal(ids.manifestId().slice(0, 12), prefix);
    assert.equal(ids.blobId().slice(8, 20), prefix);
  });

  it("makes ids that increase however the clock jumps", () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(times, (timesMs) => {
        const ids = createIdentifiers({ clock: clockShowing(...timesMs), boot: 1 });
        assertIncreasing(timesMs.map(() => hexOf(ids.archiveId())));
      }),
    );
  });

  it("makes more ids in one millisecond than the counter holds, still increasing", () => {
    const ids = createIdentifiers({ clock: clockShowing(NOW_MS), boot: 1 });
    assertIncreasing(Array.from({ length: 70_000 }, () => ids.blobId()));
  });

  it("never begins an id with a hyphen, even at the end of time", () => {
    for (const timeMs of [0, NOW_MS, 62 * 2 ** 42 - 1, 62 * 2 ** 42, 2 ** 48 - 1]) {
      const ids = createIdentifiers({ clock: clockShowing(timeMs), boot: 1 });
      for (const id of [ids.archiveId(), ids.jobId(), ids.uploadId(), ids.requestId()]) {
        assert.notEqual(id[0], "-");
      }
    }
  });

  it("makes lock and capacity ids that differ and never begin with a hyphen", () => {
    const ids = createIdentifiers({ clock: clockShowing(NOW_MS), boot: 1 });
    const made = Array.from({ length: 1000 }, () => [ids.lockId(), ids.capacityId()]).flat();
    assert.equal(new Set(made).size, made.length);
    assert.deepEqual(
      made.filter((id) => id.startsWith("-")),
      [],
    );
  });

  it("makes ids that nobody can guess: the bytes after the stamp differ", () => {
    const [first, second] = [1, 2].map(() =>
      hexOf(createIdentifiers({ clock: clockShowing(NOW_MS), boot: 1 }).archiveId()),
    );
    assert.equal(first!.slice(0, 16), second!.slice(0, 16));
    assert.notEqual(first!.slice(16), second!.slice(16));
  });
});
