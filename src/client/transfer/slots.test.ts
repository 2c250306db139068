import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSlots } from "./slots.ts";

describe("createSlots", () => {
  it("runs no more at once than there are slots, in the order of the calls", async () => {
    const slots = createSlots(3);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        slots.run(async () => {
          started.push(index);
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
        }),
      ),
    );
    assert.equal(most, 3);
    assert.deepEqual(
      started,
      [...started].sort((left, right) => left - right),
    );
  });

  it("frees the slot of work that fails", async () => {
    const slots = createSlots(1);
    await assert.rejects(
      slots.run(async () => {
        throw new Error("broken");
      }),
      /broken/,
    );
    assert.equal(await slots.run(async () => "next"), "next");
  });

  it("lets a producer wait until a slot is free", async () => {
    const slots = createSlots(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = slots.run(() => promise);
    let isFree = false;
    const waiting = slots.free().then(() => {
      isFree = true;
    });
    await new Promise(setImmediate);
    assert.equal(isFree, false);
    resolve();
    await Promise.all([busy, waiting]);
    assert.equal(isFree, true);
  });
});
