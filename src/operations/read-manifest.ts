import type { ByteRange } from "../domain/byte-range.ts";
import type { ManifestId } from "../domain/ids.ts";
import type { Services } from "./handler.ts";
import { listPartsInRange } from "./list-parts-in-range.ts";

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
  const { manifests } = services.metadata;
  for await (const part of listPartsInRange(manifests, manifestId, range)) {
    const { startBytes, sizeBytes, blobId } = part;
    yield* services.blobs.read(blobId, {
      start: Math.max(range.start - startBytes, 0),
      endExclusive: Math.min(range.endExclusive - startBytes, sizeBytes),
    });
  }
}
