/** What the event loop and the thread of a query say to each other. */

export type ToThread =
  /** The next bytes of the archive, in answer to `wanted`. */
  | { readonly kind: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No bytes follow, in answer to `wanted`. */
  | { readonly kind: "end" }
  /** The last output was taken, and the next may come. */
  | { readonly kind: "more" };

export type FromThread =
  | { readonly kind: "wanted" }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
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
