/** Tree hashes of parts of an archive, from what was stored at upload. No byte of the archive is read. */
import type { HashHex, ManifestPart } from "../domain/archive.ts";
import type { ByteRange } from "../domain/byte-range.ts";
import type { ManifestId } from "../domain/ids.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../domain/limits.ts";
import { leafCount, treeHashOfNodes } from "../domain/tree-hash.ts";
import type { ManifestStore } from "../ports/metadata-store.ts";
import { assert } from "../std/assert.ts";
import { concatBytes, parseHex } from "../std/bytes.ts";
import type { Sha256 } from "../std/hasher.ts";
import { listPartsInRange } from "./list-parts-in-range.ts";

/**
 * The tree hash of `range`, which must be tree-hash aligned in the archive. Such a range either lies within
 * one part, whose leaves are read then, or consists of whole parts, whose own tree hashes are nodes of the
 * archive's tree (contract §3.1): at most 128 KiB of leaves or 10 000 nodes are in memory.
 */
export async function readRangeTreeHash(
  manifests: ManifestStore,
  manifestId: ManifestId,
  range: ByteRange,
  sha256: Sha256,
): Promise<HashHex> {
  const [first] = await manifests.listPartsInRange(manifestId, range, 1);
  assert(first !== undefined, `manifest ${manifestId} has no byte ${range.start}`);
  if (range.endExclusive <= first.startBytes + first.sizeBytes) {
    return treeHashOfNodes(leavesOf(first, range), sha256);
  }
  const nodes: Uint8Array[] = [];
  for await (const part of listPartsInRange(manifests, manifestId, range)) {
    nodes.push(parseHex(part.treeHash));
  }
  return treeHashOfNodes(concatBytes(nodes), sha256);
}

function leavesOf(part: ManifestPart, range: ByteRange): Uint8Array {
  const firstLeaf = (range.start - part.startBytes) / LEAF_BYTES;
  const endLeaf = firstLeaf + leafCount(range.endExclusive - range.start);
  return part.leaves.subarray(firstLeaf * DIGEST_BYTES, endLeaf * DIGEST_BYTES);
}
