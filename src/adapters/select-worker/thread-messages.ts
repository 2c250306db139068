/**
 * What the event loop and the thread of a query say to each other. Bytes change hands without being copied, and the
 * answer gives their buffer back to be filled again, so that nothing is allocated while a query runs.
 */

export type ToThread =
  /** The next bytes of the archive, in answer to `wanted`. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No bytes follow, in answer to `wanted`. */
  | { readonly kind: "end" }
  /** The last output was taken, and the next may come in the same buffer. */
  | { readonly kind: "more"; readonly buffer: ArrayBuffer };

export type FromThread =
  /** The last chunk is used up, and the next may come in the same buffer. */
  | { readonly kind: "wanted"; readonly buffer: ArrayBuffer }
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
