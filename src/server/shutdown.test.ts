import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { awaitShutdown, type DrainStep, drain } from "./shutdown.ts";

function recordingLogger() {
  const errors: string[] = [];
  const logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields: object, message: string) =>
      void errors.push(`${message}: ${"step" in fields ? fields.step : ""}`),
  };
  return { logger, errors };
}

function recordingSteps(log: string[], ...names: string[]): DrainStep[] {
  return names.map((name) => ({
    name,
    run: async () => {
      log.push(`${name} begins`);
      await sleep(1);
      log.push(`${name} ends`);
    },
  }));
}

const forever: DrainStep = { name: "forever", run: () => new Promise(() => {}) };

describe("drain", () => {
  it("runs the steps one after another and ends with 0", async () => {
    const log: string[] = [];
    const { logger } = recordingLogger();
    assert.equal(await drain(recordingSteps(log, "one", "two"), { boundMs: 5000, logger }), 0);
    assert.deepEqual(log, ["one begins", "one ends", "two begins", "two ends"]);
  });

  it("goes on after a step that fails, and ends with 1", async () => {
    const log: string[] = [];
    const { logger, errors } = recordingLogger();
    const failing = { name: "failing", run: () => Promise.reject(new Error("broken")) };
    const steps = [failing, ...recordingSteps(log, "last")];
    assert.equal(await drain(steps, { boundMs: 5000, logger }), 1);
    assert.deepEqual(log, ["last begins", "last ends"]);
    assert.deepEqual(errors, ["a part of the service did not stop cleanly: failing"]);
  });

  it("ends with 1 when the bound for all steps together is over, naming the step", async () => {
    const { logger, errors } = recordingLogger();
    const startMs = performance.now();
    assert.equal(await drain([forever], { boundMs: 30, logger }), 1);
    assert.ok(performance.now() - startMs < 2000);
    assert.deepEqual(errors, ["stopping took too long: forever"]);
  });
});

describe("awaitShutdown", () => {
  function start(steps: readonly DrainStep[], boundMs = 5000) {
    const signals = new EventEmitter();
    const exits: number[] = [];
    const { logger } = recordingLogger();
    const exitNow = (code: number) => void exits.push(code);
    const ended = awaitShutdown({ signals, steps, logger, exitNow, boundMs });
    return { signals, exits, ended };
  }

  it("does nothing before a signal comes", async () => {
    const log: string[] = [];
    const { signals, ended } = start(recordingSteps(log, "one"));
    await sleep(5);
    assert.deepEqual(log, []);
    signals.emit("SIGTERM", "SIGTERM");
    assert.equal(await ended, 0);
    assert.deepEqual(log, ["one begins", "one ends"]);
  });

  it("drains on SIGINT, too, and listens no longer when it is done", async () => {
    const { signals, ended } = start([]);
    signals.emit("SIGINT", "SIGINT");
    assert.equal(await ended, 0);
    assert.equal(signals.listenerCount("SIGINT") + signals.listenerCount("SIGTERM"), 0);
  });

  it("takes a second signal at once for an echo of the first", async () => {
    const { signals, exits, ended } = start(recordingSteps([], "one"));
    signals.emit("SIGINT", "SIGINT");
    signals.emit("SIGINT", "SIGINT");
    assert.equal(await ended, 0);
    assert.deepEqual(exits, []);
  });

  it("exits at once on a second signal", async () => {
    const { signals, exits, ended } = start([forever], 1000);
    signals.emit("SIGTERM", "SIGTERM");
    await sleep(520);
    signals.emit("SIGINT", "SIGINT");
    assert.deepEqual(exits, [130]);
    signals.emit("SIGTERM", "SIGTERM");
    assert.deepEqual(exits, [130, 143]);
    assert.equal(await ended, 1);
  });
});
