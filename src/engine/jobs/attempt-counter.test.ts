import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId } from "../../domain/ids.ts";
import { ATTEMPT_COUNTERS_MAX, createAttemptCounter } from "./attempt-counter.ts";

describe("createAttemptCounter", () => {
  it("counts the failures of each job until it is forgotten", () => {
    const counter = createAttemptCounter();
    const [one, other] = ["one", "other"] as [JobId, JobId];
    assert.deepEqual(
      [one, one, other, one].map((jobId) => counter.countFailure(jobId)),
      [1, 2, 1, 3],
    );
    counter.forget(one);
    assert.equal(counter.countFailure(one), 1);
    assert.equal(counter.countFailure(other), 2);
  });

  it("remembers a bounded number of jobs", () => {
    const counter = createAttemptCounter();
    counter.countFailure("first" as JobId);
    for (let job = 1; job < ATTEMPT_COUNTERS_MAX; job += 1) {
      counter.countFailure(`job ${job}` as JobId);
    }
    assert.equal(counter.countFailure("first" as JobId), 2);
    counter.countFailure("one too many" as JobId);
    assert.equal(counter.countFailure("first" as JobId), 1);
  });
});
