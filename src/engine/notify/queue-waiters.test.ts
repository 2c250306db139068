import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSystemClock } from "../../adapters/system-clock/system-clock.ts";
import { createQueueWaiters } from "./queue-waiters.ts";

const HOUR_MS = 3_600_000;

describe("queue waiters", () => {
  it("are woken for their queue alone, all of them", async () => {
    const waiters = createQueueWaiters(createSystemClock());
    const woken: string[] = [];
    const waits = ["a", "b"].map((name) =>
      waiters.wait(1, HOUR_MS).then(() => void woken.push(name)),
    );
    waiters.notify(2);
    await nextTurn();
    assert.deepEqual(woken, []);
    waiters.notify(1);
    await Promise.all(waits);
    assert.deepEqual(woken, ["a", "b"]);
  });

  it("wait no longer than they said, and not at all once the service stops", async () => {
    const waiters = createQueueWaiters(createSystemClock());
    await waiters.wait(1, 5);
    const waiting = waiters.wait(1, HOUR_MS);
    assert.equal(waiters.isStopped(), false);
    waiters.stop();
    await waiting;
    await waiters.wait(2, HOUR_MS);
    assert.equal(waiters.isStopped(), true);
  });
});
