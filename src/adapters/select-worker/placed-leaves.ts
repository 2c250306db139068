/** The leaves of a part, read by the thread of a query, each let through only as it was uploaded. */
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { LeafReader, OpenLeaves } from "../../ports/blob-place.ts";
import { equalBytes } from "../../std/bytes.ts";
import { sha256 } from "../../std/hasher-node.ts";
import type { PlacedPart } from "./thread-messages.ts";

/** What a part is read with. */
export interface LeafTools {
  /** Has room for a leaf. */
  readonly buffer: Uint8Array;
  /** Does `work`, which may wait for the storage. */
  waiting<T>(work: () => T): T;
}

/**
 * Calls `take` with each leaf of `part` in turn, in the buffer of `tools`. Resolves with the number of the first leaf
 * that can't be read or has another hash than it must have, or with `undefined` when there was none. Throws what
 * `take` throws.
 */
export async function takePlacedLeaves(
  part: PlacedPart,
  tools: LeafTools,
  take: (leaf: Uint8Array) => Promise<void>,
): Promise<number | undefined> {
  const reader = await openPart(part, tools);
  if (reader === undefined) {
    return 0;
  }
  try {
    for (let leaf = 0; leaf < leafCount(part.sizeBytes); leaf += 1) {
      const bytes = findSoundLeaf(part, reader, tools, leaf);
      if (bytes === undefined) {
        return leaf;
      }
      await take(bytes);
    }
    return undefined;
  } finally {
    reader.close();
  }
}

/** Why it can't be opened is found by who is asked for its bytes instead. */
async function openPart({ place }: PlacedPart, tools: LeafTools): Promise<LeafReader | undefined> {
  try {
    // The port says what the module exports.
    const { openLeaves } = (await import(place.module)) as { readonly openLeaves: OpenLeaves };
    return tools.waiting(() => openLeaves(place.facts));
  } catch {
    return undefined;
  }
}

function findSoundLeaf(
  { sizeBytes, leaves }: PlacedPart,
  reader: LeafReader,
  { buffer, waiting }: LeafTools,
  leaf: number,
): Uint8Array | undefined {
  const bytes = buffer.subarray(0, Math.min(LEAF_BYTES, sizeBytes - leaf * LEAF_BYTES));
  try {
    waiting(() => reader.read(leaf, bytes));
  } catch {
    return undefined;
  }
  const expected = leaves.subarray(leaf * DIGEST_BYTES, (leaf + 1) * DIGEST_BYTES);
  return equalBytes(sha256(bytes), expected) ? bytes : undefined;
}
