import type { ManifestPartSummary } from "../domain/archive.ts";
import type { ByteRange } from "../domain/byte-range.ts";
import type { ManifestId } from "../domain/ids.ts";
import type { ManifestStore } from "../ports/metadata-store.ts";
import { assert } from "../std/assert.ts";

/** Parts held in memory at once, without their leaves: some 30 KiB. */
const PARTS_PER_PAGE = 100;

/**
 * The parts that hold the bytes of `range`, in order, without their leaves; read page by page, so that an
 * archive of 10 000 parts needs no more memory than one of 100. Throws `AssertionError` when the parts
 * leave a gap.
 */
export async function* listPartsInRange(
  manifests: ManifestStore,
  manifestId: ManifestId,
  range: ByteRange,
): AsyncGenerator<ManifestPartSummary> {
  let page: readonly ManifestPartSummary[] = await manifests.listPartsInRange(manifestId, range, 1);
  let reached = range.start;
  for (;;) {
    for (const part of page) {
      assert(part.startBytes <= reached, `manifest ${manifestId} lacks bytes from ${reached} on`);
      yield part;
      reached = part.startBytes + part.sizeBytes;
      if (reached >= range.endExclusive) {
        return;
      }
    }
    assert(page.length > 0, `manifest ${manifestId} ends at byte ${reached}`);
    page = await manifests.listPartsPage({
      manifestId,
      fromStartBytes: reached,
      limit: PARTS_PER_PAGE,
    });
  }
}
