/** Checks the blob of one part: that it is there, as long as it was, and, if asked, every MiB of it. */
import type { ManifestPart } from "../../domain/archive.ts";
import { BlobDamage } from "../../domain/blob.ts";
import type { ByteRange } from "../../domain/byte-range.ts";
import { DIGEST_BYTES, LEAF_BYTES } from "../../domain/limits.ts";
import { leafCount } from "../../domain/tree-hash.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import {
  bytesOfSlice,
  cutSlices,
  type LeafSlice,
  listDifferences,
  storedLeaves,
} from "../jobs/decide-part-check.ts";
import type { Problem } from "./finding.ts";
import type { Pace } from "./pace.ts";

/** Leaves read at once: 16 MiB, between which uploads have their turn. */
const SLICE_LEAVES = 16;

export interface PartCheckServices {
  readonly blobs: Pick<BlobStore, "findSize" | "hashLeaves">;
  readonly pace: Pace;
  /** Whether every byte is read and hashed again. */
  readonly rehash: boolean;
  /** Leaves read at once; 16 unless given. */
  readonly sliceLeaves?: number;
  /** Told of the bytes that were hashed. */
  readonly count: (bytesHashed: number) => void;
}

type Tell = (problem: Problem) => void;

/** Tells every problem of the part's bytes, in order. Throws errors that say nothing about the data. */
export async function checkPartBytes(
  services: PartCheckServices,
  part: ManifestPart,
  tell: Tell,
): Promise<void> {
  try {
    await checkBlob(services, part, tell);
  } catch (error) {
    if (!(error instanceof BlobDamage)) {
      throw error;
    }
    tell({ kind: error.kind, range: rangeOfPart(part), blobId: part.blobId });
  }
}

/** The bytes of the whole that `part` holds. */
export function rangeOfPart(part: ManifestPart): ByteRange {
  return { start: part.startBytes, endExclusive: part.startBytes + part.sizeBytes };
}

async function checkBlob(
  services: PartCheckServices,
  part: ManifestPart,
  tell: Tell,
): Promise<void> {
  const { blobId } = part;
  const sizeBytes = await services.blobs.findSize(blobId);
  if (sizeBytes === undefined) {
    tell({ kind: "missing", range: rangeOfPart(part), blobId });
    return;
  }
  // Leaves before the one in which the blob ends may still be sound.
  const isShort = sizeBytes < part.sizeBytes;
  const wholeLeaves = isShort ? Math.floor(sizeBytes / LEAF_BYTES) : leafCount(part.sizeBytes);
  if (services.rehash) {
    const { sliceLeaves = SLICE_LEAVES } = services;
    for (const slice of cutSlices({ firstLeaf: 0, leafCount: wholeLeaves }, sliceLeaves)) {
      await checkSlice(services, { part, slice }, tell);
    }
  }
  if (isShort) {
    const start = part.startBytes + wholeLeaves * LEAF_BYTES;
    const range = { start, endExclusive: rangeOfPart(part).endExclusive };
    tell({ kind: "truncated", range, blobId });
  } else if (sizeBytes > part.sizeBytes) {
    tell({ kind: "oversized", range: rangeOfPart(part), blobId });
  }
}

async function checkSlice(
  services: PartCheckServices,
  { part, slice }: { readonly part: ManifestPart; readonly slice: LeafSlice },
  tell: Tell,
): Promise<void> {
  const { blobId } = part;
  const range = bytesOfSlice(part, slice);
  const bytesHashed = range.endExclusive - range.start;
  await services.pace.read(bytesHashed);
  try {
    const hashed = await services.blobs.hashLeaves(blobId, slice);
    services.count(bytesHashed);
    if (slice.firstLeaf + slice.leafCount > part.leaves.length / DIGEST_BYTES) {
      // The record lacks leaves to compare with, which is a problem of its own.
      return;
    }
    const digests = { expected: storedLeaves(part, slice), found: hashed };
    for (const different of listDifferences(slice, digests)) {
      tell({ kind: "rotten", range: bytesOfSlice(part, different), blobId });
    }
  } catch (error) {
    if (!(error instanceof BlobDamage)) {
      throw error;
    }
    if (error.kind === "unreadable" && slice.leafCount > 1) {
      // A bad sector takes a MiB with it, not its whole neighbourhood.
      for (const single of cutSlices(slice, 1)) {
        await checkSlice(services, { part, slice: single }, tell);
      }
      return;
    }
    tell({ kind: error.kind, range, blobId });
  }
}
