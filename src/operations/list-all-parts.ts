import type { ManifestPartSummary } from "../domain/archive.ts";
import type { ManifestId } from "../domain/ids.ts";
import type { ManifestStore } from "../ports/metadata-store.ts";

/** Parts read at once; a query of so many takes some milliseconds. */
const PARTS_PER_PAGE = 1000;

/** All parts of an upload in order, without their leaves: 10 000 at most, some 3 MiB. */
export async function listAllParts(
  manifests: ManifestStore,
  manifestId: ManifestId,
): Promise<ManifestPartSummary[]> {
  const parts: ManifestPartSummary[] = [];
  for (;;) {
    const fromStartBytes = (parts.at(-1)?.startBytes ?? -1) + 1;
    const limit = PARTS_PER_PAGE;
    const page = await manifests.listPartsPage({ manifestId, fromStartBytes, limit });
    parts.push(...page);
    if (page.length < limit) {
      return parts;
    }
  }
}
