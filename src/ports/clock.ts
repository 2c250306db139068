/** Time, as the engine sees it; a simulation passes its own. */
export interface Clock {
  /** Wall-clock time, epoch milliseconds. May jump in either direction. */
  nowMs(): number;
  /**
   * Resolves after `delayMs`, or at once when `signal` aborts (it never rejects). With a delay of 0 it lets everything
   * else that waits have its turn, and takes no longer than that.
   */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}
