/**
 * Re-reads a range of an archive and compares it, MiB by MiB, with the leaves stored at upload. Memory: one
 * page of parts with their leaves, and one digest per part of the archive.
 */
import type { Archive, HashHex, ManifestPart } from "../../domain/archive.ts";
import { BlobDamage } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import { DIGEST_BYTES } from "../../domain/limits.ts";
import { isTreeHashAligned, treeHashOfNodes } from "../../domain/tree-hash.ts";
import { assert } from "../../std/assert.ts";
import { concatBytes, parseHex } from "../../std/bytes.ts";
import {
  bytesOfSlice,
  cutSlices,
  findDifference,
  isPartRecordSound,
  type LeafSlice,
  leavesOfOverlap,
  overlapOf,
  storedLeaves,
} from "./decide-part-check.ts";
import type { JobServices } from "./job-services.ts";
import type { Lease } from "./lease.ts";
import type { RangeDamage } from "./range-damage.ts";

/** Leaves read between two renewals of the lease: 64 MiB. */
export const SLICE_LEAVES = 64;
/** Parts listed at once; a part of 4 GiB has 128 KiB of leaves. */
const PARTS_PAGE = 32;

export type Verification =
  | {
      readonly kind: "Sound";
      /** Tree hash of the range, `undefined` unless it is tree-hash aligned in the archive. */
      readonly treeHash: HashHex | undefined;
    }
  | { readonly kind: "Damaged"; readonly damage: RangeDamage };

/**
 * Verifies `range` of `archive`; the range begins at a MiB and ends at one or at the archive's end. Throws
 * what `lease.keep` throws, and errors of the metadata; damage of any kind is a result.
 */
export async function verifyRange(
  services: Pick<JobServices, "metadata" | "blobs" | "sha256">,
  archive: Archive,
  range: ByteRange,
  lease: Lease,
): Promise<Verification> {
  const aligned = isTreeHashAligned(range, archive.sizeBytes);
  const nodes: Uint8Array[] = [];
  let verifiedTo = range.start;
  while (verifiedTo < range.endExclusive) {
    const rest = { start: verifiedTo, endExclusive: range.endExclusive };
    const page = await services.metadata.manifests.listPartsInRange(
      archive.manifestId,
      rest,
      PARTS_PAGE,
    );
    for (const part of page) {
      const damage = await findPartDamage(services, part, verifiedTo, range, lease);
      if (damage !== undefined) {
        return { kind: "Damaged", damage };
      }
      const overlap = overlapOf(part, range);
      if (aligned) {
        nodes.push(nodeOf(services, part, overlap));
      }
      verifiedTo = overlap.endExclusive;
    }
    if (page.length === 0) {
      return { kind: "Damaged", damage: { range: rest, kind: "missing", blobId: undefined } };
    }
  }
  return concludeTreeHash(services, archive, range, aligned ? nodes : undefined);
}

/** Damage of `part` within `range`; the bytes before `expectedStart` are verified already. */
async function findPartDamage(
  services: Pick<JobServices, "blobs" | "sha256">,
  part: ManifestPart,
  expectedStart: number,
  range: ByteRange,
  lease: Lease,
): Promise<RangeDamage | undefined> {
  const overlap = overlapOf(part, range);
  if (overlap.start > expectedStart) {
    const gap = { start: expectedStart, endExclusive: overlap.start };
    return { range: gap, kind: "missing", blobId: undefined };
  }
  if (!isPartRecordSound(part, services.sha256)) {
    return { range: overlap, kind: "rotten", blobId: part.blobId };
  }
  for (const slice of cutSlices(leavesOfOverlap(part, overlap), SLICE_LEAVES)) {
    await lease.keep();
    const damage = await findSliceDamage(services, part, slice);
    if (damage !== undefined) {
      return damage;
    }
  }
  return undefined;
}

async function findSliceDamage(
  services: Pick<JobServices, "blobs">,
  part: ManifestPart,
  slice: LeafSlice,
): Promise<RangeDamage | undefined> {
  try {
    const found = await services.blobs.hashLeaves(part.blobId, slice);
    assert(
      found.length === slice.leafCount * DIGEST_BYTES,
      `hashLeaves returned ${found.length} bytes for ${slice.leafCount} leaves`,
    );
    const different = findDifference(slice, { expected: storedLeaves(part, slice), found });
    return different === undefined
      ? undefined
      : { range: bytesOfSlice(part, different), kind: "rotten", blobId: part.blobId };
  } catch (error) {
    if (error instanceof BlobDamage) {
      return { range: bytesOfSlice(part, slice), kind: error.kind, blobId: part.blobId };
    }
    throw error;
  }
}

/** The node that `overlap` is in the part's own tree: an aligned range covers several parts only whole. */
function nodeOf(
  services: Pick<JobServices, "sha256">,
  part: ManifestPart,
  overlap: ByteRange,
): Uint8Array {
  const leaves = storedLeaves(part, leavesOfOverlap(part, overlap));
  return parseHex(treeHashOfNodes(leaves, services.sha256));
}

/** The tree hash from the parts' nodes; that of a whole archive must be the one its uploader was told. */
function concludeTreeHash(
  services: Pick<JobServices, "sha256">,
  archive: Archive,
  range: ByteRange,
  nodes: readonly Uint8Array[] | undefined,
): Verification {
  if (nodes === undefined) {
    return { kind: "Sound", treeHash: undefined };
  }
  const treeHash = treeHashOfNodes(concatBytes(nodes), services.sha256);
  const isWhole = range.start === 0 && range.endExclusive === archive.sizeBytes;
  return isWhole && treeHash !== archive.treeHash
    ? { kind: "Damaged", damage: { range, kind: "rotten", blobId: undefined } }
    : { kind: "Sound", treeHash };
}
