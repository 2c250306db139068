import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createTurnBatch } from "./turn-batch.ts";

describe("createTurnBatch", () => {
  it("begins nothing before the turn of the event loop ends, and then everything in order", async () => {
    const begun: number[] = [];
    const begin = createTurnBatch();
    begin(() => begun.push(1));
    await Promise.resolve();
    begin(() => begun.push(2));
    assert.deepEqual(begun, []);
    await nextTurn();
    assert.deepEqual(begun, [1, 2]);
  });

  it("lets work of one turn take its steps side by side", async () => {
    const steps: string[] = [];
    const begin = createTurnBatch();
    for (const name of ["a", "b"]) {
      const work = async () => {
        for (const step of [1, 2]) {
          steps.push(`${name}${step}`);
          await undefined;
        }
      };
      begin(() => void work());
    }
    await nextTurn();
    await nextTurn();
    assert.deepEqual(steps, ["a1", "b1", "a2", "b2"]);
  });

  it("leaves work that comes while a batch begins for the next turn", async () => {
    const begun: string[] = [];
    const begin = createTurnBatch();
    begin(() => {
      begun.push("first");
      begin(() => begun.push("second"));
    });
    await nextTurn();
    assert.deepEqual(begun, ["first"]);
    await nextTurn();
    assert.deepEqual(begun, ["first", "second"]);
  });
});
