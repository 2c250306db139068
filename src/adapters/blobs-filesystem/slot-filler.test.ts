import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FilledSlot, SlotFiller } from "./slot-filler.ts";
import { SLOT_BYTES, SlotPool } from "./slot-pool.ts";

function fillerOver(pool: SlotPool, slotsMax = 4) {
  const handedOn: FilledSlot[] = [];
  const filler = new SlotFiller(pool, slotsMax, (filled) => handedOn.push(filled));
  return { filler, handedOn };
}

describe("a slot filler", () => {
  it("keeps a slot that is exactly full until another byte comes", () => {
    const { filler, handedOn } = fillerOver(new SlotPool(4 * SLOT_BYTES));
    assert.equal(filler.fill(new Uint8Array(SLOT_BYTES)), undefined);
    assert.deepEqual(handedOn, []);
    assert.equal(filler.fill(new Uint8Array(1)), undefined);
    assert.deepEqual(handedOn, [{ slot: 0, length: SLOT_BYTES, moreFollow: true }]);
    assert.deepEqual(filler.takeLast(), { slot: 1, length: 1, moreFollow: false });
  });

  it("waits at its own cap although the pool has free slots", async () => {
    const pool = new SlotPool(4 * SLOT_BYTES);
    const { filler, handedOn } = fillerOver(pool, 1);
    const waiting = filler.fill(new Uint8Array(2 * SLOT_BYTES + 1));
    assert.ok(waiting instanceof Promise);
    assert.equal(handedOn.length, 1);
    assert.equal(pool.freeCount, 3);
    filler.released(0);
    await new Promise(setImmediate);
    assert.equal(handedOn.length, 2);
    filler.released(handedOn[1]!.slot);
    await waiting;
  });

  it("hands on the part-filled slot of another when somebody must wait", async () => {
    const pool = new SlotPool(2 * SLOT_BYTES);
    const slow = fillerOver(pool);
    const fast = fillerOver(pool);
    slow.filler.fill(new Uint8Array(10));
    const waiting = fast.filler.fill(new Uint8Array(2 * SLOT_BYTES));
    assert.deepEqual(slow.handedOn, [{ slot: 0, length: 10, moreFollow: false }]);
    slow.filler.released(0);
    await waiting;
    fast.filler.released(fast.handedOn[0]!.slot);
    fast.filler.cancel(new Error("over"));
    fast.filler.releaseAll();
    assert.equal(pool.freeCount, 2);
  });

  it("throws the error of its cancellation to a waiting fill, and gives every slot back", async () => {
    const pool = new SlotPool(2 * SLOT_BYTES);
    const { filler } = fillerOver(pool);
    const waiting = filler.fill(new Uint8Array(5 * SLOT_BYTES));
    filler.cancel(new Error("cancelled"));
    await assert.rejects(waiting as Promise<void>, /cancelled/);
    filler.releaseAll();
    assert.equal(pool.freeCount, 2);
  });

  it("gives back a slot that was granted just before the cancellation", async () => {
    const pool = new SlotPool(2 * SLOT_BYTES);
    const { filler } = fillerOver(pool);
    const waiting = filler.fill(new Uint8Array(3 * SLOT_BYTES));
    filler.released(0);
    filler.cancel(new Error("cancelled"));
    await assert.rejects(waiting as Promise<void>, /cancelled/);
    filler.releaseAll();
    assert.equal(pool.freeCount, 2);
  });
});
