/** Time that passes only when the simulation says so. */
import type { Clock } from "../../src/ports/clock.ts";

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export class VirtualTime {
  nowMs = Date.UTC(2026, 0, 1);
  /** Runs before sleepers are woken: what another process does meanwhile. */
  beforeWake: (() => Promise<void>) | undefined;
  readonly #sleepers = new Map<object, Set<Sleeper>>();

  /** A clock whose sleepers can be dropped together: a process. */
  clockOf(process: object): Clock {
    const sleepers = new Set<Sleeper>();
    this.#sleepers.set(process, sleepers);
    return {
      nowMs: () => this.nowMs,
      sleep: (delayMs, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) {
            resolve();
            return;
          }
          const wake = () => {
            sleepers.delete(sleeper);
            signal.removeEventListener("abort", wake);
            resolve();
          };
          const sleeper = { atMs: this.nowMs + delayMs, wake };
          sleepers.add(sleeper);
          signal.addEventListener("abort", wake);
        }),
    };
  }

  /** Whatever the process was waiting for never comes. */
  drop(process: object): void {
    this.#sleepers.delete(process);
  }

  /** Wakes all whose time has come; whether there were any. */
  wakeDue(): boolean {
    const due = [...this.#sleepers.values()]
      .flatMap((sleepers) => [...sleepers])
      .filter((sleeper) => sleeper.atMs <= this.nowMs)
      .sort((left, right) => left.atMs - right.atMs);
    for (const sleeper of due) {
      sleeper.wake();
    }
    return due.length > 0;
  }
}
