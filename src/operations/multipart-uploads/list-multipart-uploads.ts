import { findUploadId } from "../../domain/ids.ts";
import { LIST_PAGE_MAX } from "../../domain/limits.ts";
import { parseLimit, parseMarker, splitPage } from "../../domain/pagination.ts";
import { formatVaultArn } from "../../protocol/arn.ts";
import type { Handler } from "../handler.ts";

/**
 * Lists the uploads in progress, oldest first. A marker is the id of the first upload of its page; when
 * that has ended, the page begins with the next one (contract §2.25, §1.11).
 */
export const listMultipartUploads: Handler<"ListMultipartUploads"> = async (
  input,
  call,
  services,
) => {
  const limit = parseLimit(input.limit, LIST_PAGE_MAX);
  const from = parseMarker(input.marker, findUploadId);
  const { vaultId } = call.vault;
  const page = splitPage(
    await services.metadata.uploads.listPage({ vaultId, from, limit: limit + 1 }),
    limit,
  );
  return {
    Marker: page.next?.uploadId ?? null,
    UploadsList: page.items.map((upload) => ({
      ArchiveDescription: upload.description ?? null,
      CreationDate: upload.createdAtMs,
      MultipartUploadId: upload.uploadId,
      PartSizeInBytes: upload.partSizeBytes,
      VaultARN: formatVaultArn(call.vault),
    })),
  };
};
