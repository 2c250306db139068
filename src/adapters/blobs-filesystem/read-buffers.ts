/**
 * Buffers of reads, kept for the next ones. Memory outside V8's heap that is allocated for each request makes it
 * believe that memory runs out, and mark the whole heap several times a second (ADR 0015).
 */
import { KIB } from "../../domain/limits.ts";

/** Each read is a round trip through the thread pool: twice the size costs an eighth less processor time. */
export const READ_BUFFER_BYTES = 512 * KIB;
/** What is read less than this gets memory of its own, of its own size. */
const POOLED_MIN_BYTES = 64 * KIB;
/** Kept for later, 8 MiB in all; reads beyond that allocate. */
const KEPT_MAX = 16;

export class ReadBuffers {
  readonly #kept: Uint8Array[] = [];

  /** A buffer of at least `sizeBytes`, which are at most `READ_BUFFER_BYTES`; it holds anything. */
  take(sizeBytes: number): Uint8Array {
    return sizeBytes < POOLED_MIN_BYTES
      ? allocateBuffer(sizeBytes)
      : (this.#kept.pop() ?? allocateBuffer(READ_BUFFER_BYTES));
  }

  /** Takes back buffers that nobody reads from or writes to any more. */
  give(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) {
      if (buffer.length === READ_BUFFER_BYTES && this.#kept.length < KEPT_MAX) {
        this.#kept.push(buffer);
      }
    }
  }
}

/** Not a `Buffer`, whose `slice` does not copy; not zeroed, because it is filled before it is yielded. */
function allocateBuffer(sizeBytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}
