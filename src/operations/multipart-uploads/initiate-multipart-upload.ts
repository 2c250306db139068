import { parseArchiveDescription } from "../../domain/description.ts";
import { parsePartSize } from "../../domain/part-size.ts";
import { formatVaultLocation } from "../../protocol/arn.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";

/** Starts a multipart upload: parts can be sent to its id until it is completed, aborted or idle too long. */
export const initiateMultipartUpload: Handler<"InitiateMultipartUpload"> = async (
  input,
  call,
  services,
) => {
  const partSizeBytes = parsePartSize(input.partSize);
  const description = parseArchiveDescription(input.archiveDescription);
  const nowMs = services.clock.nowMs();
  const upload = {
    state: "InProgress" as const,
    uploadId: services.ids.uploadId(),
    manifestId: services.ids.manifestId(),
    vaultId: call.vault.vaultId,
    partSizeBytes,
    description,
    createdAtMs: nowMs,
    lastActivityAtMs: nowMs,
  };
  await services.metadata.transaction(async (session) => {
    await lockVault(session, call);
    await session.uploads.insert(upload);
  });
  return {
    location: formatVaultLocation(call.vault, "multipart-uploads", upload.uploadId),
    uploadId: upload.uploadId,
  };
};
