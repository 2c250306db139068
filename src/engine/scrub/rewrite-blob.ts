/** Puts a whole blob in the place of a damaged one, after comparing every leaf of what was written. */
import type { ManifestPart } from "../../domain/archive.ts";
import { LEAF_BYTES } from "../../domain/limits.ts";
import type { BlobStore, BlobWriter } from "../../ports/blob-store.ts";
import { equalBytes } from "../../std/bytes.ts";
import type { Pace } from "../integrity/pace.ts";
import type { LeafSlice } from "../jobs/decide-part-check.ts";

/** Leaves of the blob, and who has them. */
export interface BlobPiece extends LeafSlice {
  readonly from: Pick<BlobStore, "read">;
}

/** What was written is not what was uploaded: the sources changed since they were verified. */
export class RewriteMismatch extends Error {
  override readonly name = "RewriteMismatch";
}

/**
 * Writes `pieces`, which follow each other, to `target`. A crash before the rename leaves a temporary file, which the
 * next start or repair removes first, and the damaged blob as it was; after it the sound one. Throws
 * `RewriteMismatch`, damage of the sources, and what the storage says; then the old blob is still there, but for a
 * folder that could not be synced: then it is unknown which of the two a power cut leaves, and nothing is written here
 * again until the next start, whose scrub looks again.
 */
export async function rewriteBlob(
  target: Pick<BlobStore, "openWriter">,
  part: ManifestPart,
  pieces: readonly BlobPiece[],
  pace: Pace,
): Promise<void> {
  const writer = await target.openWriter(part.blobId, part.sizeBytes);
  try {
    for (const piece of pieces) {
      await writePiece(writer, part, piece, pace);
    }
    const { sizeBytes, leaves } = await writer.finish();
    if (sizeBytes !== part.sizeBytes || !equalBytes(leaves, part.leaves)) {
      throw new RewriteMismatch(`blob ${part.blobId} was not rewritten: its sources have changed`);
    }
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.commit();
}

async function writePiece(
  writer: BlobWriter,
  part: ManifestPart,
  piece: BlobPiece,
  pace: Pace,
): Promise<void> {
  for (let done = 0; done < piece.leafCount; done += 1) {
    const start = (piece.firstLeaf + done) * LEAF_BYTES;
    const endExclusive = Math.min(start + LEAF_BYTES, part.sizeBytes);
    await pace.read(endExclusive - start);
    if (start < endExclusive) {
      for await (const chunk of piece.from.read(part.blobId, { start, endExclusive })) {
        await writer.write(chunk);
      }
    }
  }
}
