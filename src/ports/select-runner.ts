import type { SelectParameters } from "../domain/select-parameters.ts";
import type { BlobPlace } from "./blob-place.ts";

/** What is evaluated. */
export interface SelectTask {
  readonly parameters: SelectParameters;
  /** What the query takes for the present, so that a repeated run has the same result. */
  readonly nowMs: number;
}

/** Bytes of the archive that follow those of the part before: one blob. */
export interface SelectPart {
  readonly sizeBytes: number;
  /** SHA-256 of each MiB as it was uploaded, 32 bytes each, in order. */
  readonly leaves: Uint8Array;
  /**
   * Where the runner may read the bytes by itself. A MiB that has another hash there than in `leaves`, or that it can't
   * read, it must not use: from that one on, it takes the bytes from `read`.
   */
  readonly place: BlobPlace | undefined;
  /**
   * The bytes from leaf `firstLeaf` on, verified, in chunks each of which may be reused once the next one is asked
   * for. Throws what ends the run: the archive is damaged, or can't be read.
   */
  read(firstLeaf: number): AsyncIterable<Uint8Array>;
}

/**
 * Evaluates queries off the event loop, in bounded memory whatever query and archive are: more of the archive is
 * taken only when all output of what came before was asked for.
 */
export interface SelectRunner {
  /**
   * The output of `task` over the bytes of `parts`. What is yielded may be reused once the next one is asked for, and
   * holds whole records. Throws `SelectFailure` (domain/select-failure.ts) when the query can't be evaluated to its
   * end or runs away, what `parts` and their `read` throw, and any other error when the evaluation broke down. Ending
   * the iteration or aborting `signal` ends the evaluation at once, wherever it is.
   */
  run(
    task: SelectTask,
    parts: AsyncIterable<SelectPart>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Ends all evaluations. */
  close(): Promise<void>;
}
