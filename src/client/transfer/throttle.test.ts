import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createThrottle } from "./throttle.ts";

/** A clock that moves only while somebody sleeps. */
function simulate(bytesPerSecond: number) {
  let now = 0;
  const waiting: { atMs: number; wake: () => void }[] = [];
  const throttle = createThrottle({
    bytesPerSecond,
    nowMs: () => now,
    sleep: (durationMs) =>
      new Promise((resolve) => waiting.push({ atMs: now + durationMs, wake: resolve })),
  });
  const run = async () => {
    while (waiting.length > 0) {
      waiting.sort((left, right) => left.atMs - right.atMs);
      const next = waiting.shift();
      now = Math.max(now, next?.atMs ?? now);
      next?.wake();
      await new Promise(setImmediate);
    }
  };
  return { throttle, run, now: () => now };
}

const signal = new AbortController().signal;

describe("createThrottle", () => {
  it("lets bytes through at the rate, whatever the pieces", async () => {
    for (const pieceBytes of [10, 250, 5000]) {
      const { throttle, run, now } = simulate(1000);
      const flow = (async () => {
        for (let sent = 0; sent < 100_000; sent += pieceBytes) {
          await throttle.take(pieceBytes, signal);
        }
      })();
      await new Promise(setImmediate);
      await run();
      await flow;
      const expectedMs = 100_000 - 1000 - pieceBytes;
      assert.ok(Math.abs(now() - expectedMs) <= 1 + pieceBytes, `${pieceBytes}: ${now()}`);
    }
  });

  it("shares the rate among all who take at once", async () => {
    const { throttle, run, now } = simulate(1000);
    const flows = Array.from({ length: 4 }, async () => {
      for (let sent = 0; sent < 10_000; sent += 100) {
        await throttle.take(100, signal);
      }
    });
    await new Promise(setImmediate);
    await run();
    await Promise.all(flows);
    assert.ok(Math.abs(now() - 39_000) <= 500, String(now()));
  });

  it("takes nothing when the signal was aborted before", async () => {
    const { throttle } = simulate(1000);
    await assert.rejects(throttle.take(1, AbortSignal.abort(new Error("stop"))), /stop/);
  });
});
