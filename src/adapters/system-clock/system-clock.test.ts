import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it, mock } from "node:test";
import { createSystemClock } from "./system-clock.ts";

describe("createSystemClock", () => {
  const clock = createSystemClock();

  it("tells the time of the machine", () => {
    const before = Date.now();
    const now = clock.nowMs();
    assert.ok(now >= before && now <= Date.now());
  });

  it("sleeps for the delay", async () => {
    const startMs = performance.now();
    await clock.sleep(30, new AbortController().signal);
    assert.ok(performance.now() - startMs >= 28);
  });

  it("lets what others have begun go on in a sleep of no length", async () => {
    const done: string[] = [];
    const other = readFile(import.meta.filename).then(() => done.push("read"));
    for (let turns = 0; done.length === 0 && turns < 1_000_000; turns += 1) {
      await clock.sleep(0, new AbortController().signal);
    }
    assert.deepEqual(done, ["read"]);
    await other;
  });

  it("takes no timer for a sleep of no length", async (test) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    test.after(() => mock.timers.reset());
    await clock.sleep(0, new AbortController().signal);
  });

  it("resolves at once when the signal aborts, before or during the sleep", async () => {
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort(new Error("a reason of its own"));
    await sleeping;
    await clock.sleep(3_600_000, controller.signal);
  });

  it("sleeps longer than a single timer can", async (test) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    test.after(() => mock.timers.reset());
    let awake = false;
    const sleeping = clock.sleep(40 * 86_400_000, new AbortController().signal).then(() => {
      awake = true;
    });
    mock.timers.tick(2 ** 31 - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(awake, false);
    mock.timers.tick(40 * 86_400_000 - (2 ** 31 - 1));
    await sleeping;
    assert.equal(awake, true);
  });
});
