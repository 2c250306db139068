/** Puts the data keys of every copy of the blobs under the current master key. */
import type { KeyRotation, RewrapSums } from "../ports/key-rotation.ts";

/** The copies as one, one after the other: each has data keys of its own, and all of them are counted. */
export function rewrapCopies(copies: readonly KeyRotation[]): KeyRotation {
  return {
    async rewrap(signal, progress) {
      let done: RewrapSums = { rewrapped: 0, damaged: 0 };
      for (const copy of copies) {
        const before = done;
        done = add(before, await copy.rewrap(signal, (sums) => progress(add(before, sums))));
      }
      return done;
    },
  };
}

function add(left: RewrapSums, right: RewrapSums): RewrapSums {
  return {
    rewrapped: left.rewrapped + right.rewrapped,
    damaged: left.damaged + right.damaged,
  };
}
