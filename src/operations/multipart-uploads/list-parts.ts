import { formatInclusiveRange } from "../../domain/byte-range.ts";
import { LIST_PAGE_MAX } from "../../domain/limits.ts";
import { parseLimit, parseMarker, splitPage } from "../../domain/pagination.ts";
import { formatVaultArn } from "../../protocol/arn.ts";
import { findPartMarker, formatPartMarker } from "../../protocol/marker.ts";
import { getUploadInProgress } from "../get-upload.ts";
import type { Handler } from "../handler.ts";

/** Lists the parts of an upload in progress by their place in the archive (contract §2.24). */
export const listParts: Handler<"ListParts"> = async (input, call, services) => {
  const limit = parseLimit(input.limit, LIST_PAGE_MAX);
  const marker = parseMarker(input.marker, findPartMarker);
  const { uploads, manifests } = services.metadata;
  const upload = await getUploadInProgress((id) => uploads.find(id), call.vault, input.uploadId);
  const page = splitPage(
    await manifests.listPartsPage({
      manifestId: upload.manifestId,
      fromStartBytes: marker ?? 0,
      limit: limit + 1,
    }),
    limit,
  );
  return {
    ArchiveDescription: upload.description ?? null,
    CreationDate: upload.createdAtMs,
    Marker: page.next === undefined ? null : formatPartMarker(page.next.startBytes),
    MultipartUploadId: upload.uploadId,
    PartSizeInBytes: upload.partSizeBytes,
    Parts: page.items.map(({ startBytes: start, sizeBytes, treeHash }) => ({
      RangeInBytes: formatInclusiveRange({ start, endExclusive: start + sizeBytes }),
      SHA256TreeHash: treeHash,
    })),
    VaultARN: formatVaultArn(call.vault),
  };
};
