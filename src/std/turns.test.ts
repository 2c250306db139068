import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTurns } from "./turns.ts";

describe("turns", () => {
  it("runs work on one key in order, after failures too, and on other keys at once", async () => {
    const turns = createTurns<string>();
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.take("a", async () => {
      await gate.promise;
      done.push("first");
      throw new Error("no");
    });
    const second = turns.take("a", async () => done.push("second"));
    assert.equal(await turns.take("b", async () => "other"), "other");
    assert.deepEqual(done, []);
    gate.resolve();
    await assert.rejects(first, /no/);
    await second;
    assert.deepEqual(done, ["first", "second"]);
  });
});
