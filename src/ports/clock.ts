/** Time, as the engine sees it; a simulation passes its own. */
export interface Clock {
  /** Wall-clock time, epoch milliseconds. May jump in either direction. */
  nowMs(): number;
  /** Resolves after `delayMs`, or at once when `signal` aborts (it never rejects). */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}
