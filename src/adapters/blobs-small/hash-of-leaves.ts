/** SHA-256 of the leaves of bytes in memory. */
import { hash } from "node:crypto";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";

/** 32 bytes for each of `leafCount` leaves from `firstLeaf` on. */
export function hashOfLeaves(
  bytes: Uint8Array,
  range: { readonly firstLeaf: number; readonly leafCount: number },
): Uint8Array {
  const leaves = new Uint8Array(range.leafCount * DIGEST_BYTES);
  for (let index = 0; index < range.leafCount; index += 1) {
    const start = (range.firstLeaf + index) * LEAF_BYTES;
    leaves.set(
      hash("sha256", bytes.subarray(start, start + LEAF_BYTES), "buffer"),
      index * DIGEST_BYTES,
    );
  }
  return leaves;
}
