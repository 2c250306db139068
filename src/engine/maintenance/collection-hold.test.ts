import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCollectionHold } from "./collection-hold.ts";

describe("a hold on the collector", () => {
  it("begins when the removal under way has ended, also one that fails", async () => {
    for (const end of ["resolve", "reject"] as const) {
      const hold = createCollectionHold();
      const removal = Promise.withResolvers<void>();
      const running = hold.during(() => removal.promise).catch(() => undefined);
      let acquired = false;
      const acquiring = hold.acquire().then((release) => {
        acquired = true;
        return release;
      });
      await new Promise(setImmediate);
      assert.deepEqual([hold.isHeld(), acquired], [true, false]);
      removal[end]();
      const release = await acquiring;
      await running;
      release();
      assert.equal(hold.isHeld(), false);
    }
  });

  it("lasts until the last of several holders lets go, once each", async () => {
    const hold = createCollectionHold();
    const [first, second] = [await hold.acquire(), await hold.acquire()];
    first();
    first();
    assert.equal(hold.isHeld(), true);
    second();
    assert.equal(hold.isHeld(), false);
  });
});
