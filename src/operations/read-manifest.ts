import { type ByteRange, rangeLength } from "../domain/byte-range.ts";
import type { BlobId, ManifestId } from "../domain/ids.ts";
import { KIB } from "../domain/limits.ts";
import type { FileRange } from "../std/file-range.ts";
import type { Services } from "./handler.ts";
import { listPartsInRange } from "./list-parts-in-range.ts";

/**
 * What is read of a blob anyway, so that a range of it is not looked up twice: bodies that may lie in the metadata are
 * no longer, and of a short range copying costs nothing to speak of.
 */
const FILE_MIN_BYTES = 64 * KIB + 1;

/**
 * The bytes of `range` of a manifest, read blob by blob in constant memory. Throws `BlobDamage` when stored
 * bytes are missing. Chunks pass through untouched, so each is valid until the second one after it is
 * asked for. Ending the iteration early releases what is open.
 */
export async function* readManifest(
  services: Services,
  manifestId: ManifestId,
  range: ByteRange,
): AsyncGenerator<Uint8Array> {
  for await (const blob of listBlobRanges(services, manifestId, range)) {
    yield* services.blobs.read(blob.blobId, blob.range);
  }
}

/** The same, of which long pieces that lie in files come as these; each is closed when the next piece is asked for. */
export async function* openManifest(
  services: Services,
  manifestId: ManifestId,
  range: ByteRange,
): AsyncGenerator<Uint8Array | FileRange> {
  const { blobs } = services;
  for await (const blob of listBlobRanges(services, manifestId, range)) {
    const isLong = rangeLength(blob.range) >= FILE_MIN_BYTES;
    const file = isLong ? await blobs.openFile?.(blob.blobId, blob.range) : undefined;
    if (file === undefined) {
      yield* blobs.read(blob.blobId, blob.range);
      continue;
    }
    try {
      yield file;
    } finally {
      await file.close();
    }
  }
}

async function* listBlobRanges(
  services: Services,
  manifestId: ManifestId,
  range: ByteRange,
): AsyncGenerator<{ readonly blobId: BlobId; readonly range: ByteRange }> {
  const { manifests } = services.metadata;
  for await (const part of listPartsInRange(manifests, manifestId, range)) {
    const { startBytes, sizeBytes, blobId } = part;
    const start = Math.max(range.start - startBytes, 0);
    const endExclusive = Math.min(range.endExclusive - startBytes, sizeBytes);
    yield { blobId, range: { start, endExclusive } };
  }
}
