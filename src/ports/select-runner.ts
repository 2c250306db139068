import type { SelectParameters } from "../domain/select-parameters.ts";

/** What is evaluated. */
export interface SelectTask {
  readonly parameters: SelectParameters;
  /** What the query takes for the present, so that a repeated run has the same result. */
  readonly nowMs: number;
}

/**
 * Evaluates queries off the event loop, in bounded memory whatever query and archive are: a chunk of the archive
 * is taken only when all output of the ones before it was asked for.
 */
export interface SelectRunner {
  /**
   * The output of `task` over the bytes of `chunks`, each of which may be reused once the next one is asked for; the
   * same goes for what is yielded, which holds whole records. Throws `SelectFailure` (domain/select-failure.ts)
   * when the query can't be evaluated to its end or runs away, what `chunks` throws, and any other error when the
   * evaluation broke down. Ending the iteration or aborting `signal` ends the evaluation at once, wherever it is.
   */
  run(
    task: SelectTask,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Ends all evaluations. */
  close(): Promise<void>;
}
