/**
 * What the event loop and the thread of a query say to each other. Bytes change hands without being copied, and the
 * answer gives their buffer back to be filled again, so that nothing is allocated while a query runs.
 */
import type { BlobPlace } from "../../ports/blob-place.ts";
import type { SelectTask } from "../../ports/select-runner.ts";

/** What a thread is started with. */
export interface ThreadStart {
  readonly task: SelectTask;
  /** An `Int32Array` of one: not 0 while the thread waits for the storage, when it can't speak. */
  readonly waits: SharedArrayBuffer;
}

/** A part of the archive that the thread reads by itself; see `SelectPart`. */
export interface PlacedPart {
  readonly sizeBytes: number;
  readonly leaves: Uint8Array;
  readonly place: BlobPlace;
}

export type ToThread =
  /** Where the next bytes of the archive are, in answer to `wanted`. */
  | { readonly kind: "part"; readonly part: PlacedPart }
  /** The next bytes of the archive, in answer to `wanted`. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No bytes follow, in answer to `wanted`. */
  | { readonly kind: "end" }
  /** The last output was taken, and the next may come in the same buffer. */
  | { readonly kind: "more"; readonly buffer: ArrayBuffer };

export type FromThread =
  | {
      /** What came last is used up, and the next chunk may come in this buffer. */
      readonly kind: "wanted";
      readonly buffer: ArrayBuffer;
      /** Unless this is a leaf of the last part: from it on, the part is wanted as chunks. */
      readonly refusedLeaf: number | undefined;
    }
  | { readonly kind: "output"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Still at work. */
  | { readonly kind: "alive" }
  /** All output was taken. */
  | { readonly kind: "finished" }
  /** The query came to its end before the archive did. */
  | {
      readonly kind: "failed";
      readonly failureCode: string;
      readonly message: string;
      readonly recordNumber: number | undefined;
    };
