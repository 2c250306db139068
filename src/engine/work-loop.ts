/** A loop that starts what is due, sleeps until there is more, and knows the runs it started. */
import type { Clock } from "../ports/clock.ts";
import { assert } from "../std/assert.ts";

export interface WorkLoopOptions {
  readonly clock: Clock;
  /** Starts what is due; resolves with how long to sleep afterwards. Must not reject. */
  readonly turn: () => Promise<number>;
  /** How long `stop` waits for runs under way. */
  readonly stopWaitMaxMs: number;
}

export class WorkLoop {
  readonly #options: WorkLoopOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #pause = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: WorkLoopOptions) {
    this.#options = options;
  }

  /** Aborts when the loop is told to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Begins the first turn; called once. */
  start(): void {
    assert(this.#loop === undefined, "a work loop is started once");
    this.#loop = this.#repeat();
  }

  /** Ends the pause between two turns, or skips the next one when a turn is under way. */
  wake(): void {
    this.#pause.abort();
  }

  /** Counts `run`, which must not reject, until it ends, and then wakes the loop. */
  track(run: Promise<void>): void {
    const tracked = run.then(() => {
      this.#running.delete(tracked);
      this.wake();
    });
    this.#running.add(tracked);
  }

  /** Begins no more turns; resolves when the runs have ended, at the latest after `stopWaitMaxMs`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    const patience = new AbortController();
    const { clock, stopWaitMaxMs } = this.#options;
    const patienceEnds = clock.sleep(stopWaitMaxMs, patience.signal);
    await Promise.race([this.#stopped(), patienceEnds]);
    patience.abort();
  }

  /** Resolves when the loop has ended and with it the last run that it may have started meanwhile. */
  async #stopped(): Promise<void> {
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #repeat(): Promise<void> {
    const { clock, turn } = this.#options;
    while (!this.#stopping.signal.aborted) {
      // A wake from here on cuts the next pause short, also one that comes while things are being claimed.
      this.#pause = new AbortController();
      const pauseMs = await turn();
      await clock.sleep(pauseMs, this.#pause.signal);
    }
  }
}
