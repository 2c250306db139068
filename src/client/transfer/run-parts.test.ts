import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runParts } from "./run-parts.ts";
import { createSlots } from "./slots.ts";

const signal = new AbortController().signal;

describe("runParts", () => {
  it("runs every item, no more at once than there are slots, and reads little ahead", async () => {
    let running = 0;
    let most = 0;
    let given = 0;
    let ended = 0;
    const items = function* () {
      for (let item = 0; item < 20; item += 1) {
        given += 1;
        assert.ok(given - ended <= 5, `${given} given, ${ended} ended`);
        yield item;
      }
    };
    await runParts(items(), { slots: createSlots(3), signal }, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      ended += 1;
    });
    assert.deepEqual([ended, most], [20, 3]);
  });

  it("throws the first failure when all others have ended, and begins nothing more", async () => {
    const begun: number[] = [];
    let ended = 0;
    const failure = new Error("the first");
    const run = runParts(
      [0, 1, 2, 3, 4],
      { slots: createSlots(2), signal },
      async (item, inner) => {
        begun.push(item);
        if (item === 0) {
          throw failure;
        }
        await new Promise((resolve) => inner.addEventListener("abort", resolve));
        ended += 1;
        throw new Error("the second");
      },
    );
    await assert.rejects(run, failure);
    assert.ok(begun.length <= 3, String(begun));
    assert.equal(ended, begun.length - 1);
  });

  it("throws the reason of an abort, and what its source throws", async () => {
    const controller = new AbortController();
    const context = { slots: createSlots(1), signal: controller.signal };
    const reason = new Error("stop");
    await assert.rejects(
      runParts([1, 2], context, async () => controller.abort(reason)),
      reason,
    );
    const broken = async function* () {
      yield 1;
      throw new Error("no more");
    };
    await assert.rejects(
      runParts(broken(), { slots: createSlots(1), signal }, async () => undefined),
      /no more/,
    );
  });
});
