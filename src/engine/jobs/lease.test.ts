import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId } from "../../domain/ids.ts";
import type { JobLease, MetadataStore } from "../../ports/metadata-store.ts";
import { createLease, decideRenewal, LeaseLost, RunInterrupted } from "./lease.ts";

function buildLease(isHeld: () => boolean) {
  const renewals: JobLease[] = [];
  const time = { nowMs: 1000 };
  const stopping = new AbortController();
  const jobs = {
    renewLease: async (_jobId: JobId, lease: JobLease) => {
      renewals.push(lease);
      return isHeld();
    },
  };
  const lease = createLease(
    {
      metadata: { jobs } as unknown as MetadataStore,
      clock: { nowMs: () => time.nowMs, sleep: async () => {} },
    },
    {
      jobId: "job" as JobId,
      owner: "worker/1",
      claimedAtMs: 1000,
      leaseMs: 300,
      stopping: stopping.signal,
    },
  );
  return { lease, renewals, time, stopping };
}

describe("a lease", () => {
  it("is renewed when a third of it has passed, not earlier", async () => {
    const { lease, renewals, time } = buildLease(() => true);
    time.nowMs = 1099;
    await lease.keep();
    assert.deepEqual(renewals, []);
    time.nowMs = 1100;
    await lease.keep();
    await lease.keep();
    assert.deepEqual(renewals, [{ owner: "worker/1", untilMs: 1400 }]);
  });

  it("ends the run when another worker has the job", async () => {
    const { lease, time } = buildLease(() => false);
    time.nowMs = 1300;
    await assert.rejects(lease.keep(), LeaseLost);
  });

  it("ends the run when the engine stops, and can then be handed on at once", async () => {
    const { lease, renewals, stopping } = buildLease(() => true);
    stopping.abort();
    await assert.rejects(lease.keep(), RunInterrupted);
    await lease.releaseAt(1000);
    assert.deepEqual(renewals, [{ owner: "worker/1", untilMs: 1000 }]);
  });
});

describe("decideRenewal", () => {
  it("renews when the clock has jumped back", () => {
    assert.equal(decideRenewal({ renewedAtMs: 1000, nowMs: 999, leaseMs: 300 }), true);
  });
});
