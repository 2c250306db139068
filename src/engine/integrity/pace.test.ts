import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPace } from "./pace.ts";

function createClock() {
  const clock = {
    atMs: 0,
    slept: [] as number[],
    nowMs: () => clock.atMs,
    sleep: async (delayMs: number) => {
      clock.slept.push(delayMs);
      clock.atMs += delayMs;
    },
  };
  return clock;
}

describe("the pace of a check", () => {
  it("reads no more bytes than its rate lets it, and saves nothing up", async () => {
    const clock = createClock();
    const signal = new AbortController().signal;
    const pace = createPace(clock, { maxBytesPerSecond: 1000, restMs: 0 }, signal);
    await pace.read(500);
    await pace.read(500);
    await pace.read(500);
    assert.deepEqual(clock.slept, [0, 500, 500]);
    clock.atMs += 60_000;
    await pace.read(500);
    await pace.read(500);
    assert.deepEqual(clock.slept.slice(3), [0, 500]);
  });

  it("waits no longer than one read takes when the clock goes back", async () => {
    const clock = createClock();
    clock.atMs = 1_000_000;
    const signal = new AbortController().signal;
    const pace = createPace(clock, { maxBytesPerSecond: 1000, restMs: 0 }, signal);
    await pace.read(100);
    clock.atMs = 0;
    await pace.read(100);
    assert.deepEqual(clock.slept, [0, 100]);
  });

  it("rests after a number of steps, and reads at any rate unless one is set", async () => {
    const clock = createClock();
    const signal = new AbortController().signal;
    const pace = createPace(clock, { maxBytesPerSecond: undefined, restMs: 2 }, signal);
    for (let step = 0; step < 40; step += 1) {
      await pace.step();
      await pace.read(1e9);
    }
    assert.deepEqual(clock.slept, [2, 2]);
  });

  it("ends what is aborted", async () => {
    const stop = new AbortController();
    const pace = createPace(createClock(), { maxBytesPerSecond: 1, restMs: 0 }, stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(pace.step(), /enough/);
    await assert.rejects(pace.read(1), /enough/);
  });
});
