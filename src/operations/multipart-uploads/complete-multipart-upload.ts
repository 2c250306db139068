import { uploadNotFound } from "../../domain/errors.ts";
import { parseTreeHash } from "../../domain/hash-hex.ts";
import type { ArchiveId } from "../../domain/ids.ts";
import {
  type CompletionClaim,
  checkCompletion,
  checkRepeatedCompletion,
  parseArchiveSize,
  type UploadInProgress,
} from "../../domain/multipart-upload.ts";
import type { Vault } from "../../domain/vault.ts";
import type { MetadataSession } from "../../ports/metadata-store.ts";
import { getUpload } from "../get-upload.ts";
import type { Handler, Services } from "../handler.ts";
import { listAllParts } from "../list-all-parts.ts";
import { lockVault } from "../lock-vault.ts";
import { recordArchive, renderArchiveCreated } from "../record-archive.ts";

/**
 * Makes the parts of an upload an archive, copying nothing. All of it is one transaction with the upload
 * locked, so that no part changes between the check and the archive. A refusal leaves the upload as it was;
 * a repeated request gets the same archive (contract §2.22).
 */
export const completeMultipartUpload: Handler<"CompleteMultipartUpload"> = async (
  input,
  call,
  services,
) => {
  const archiveSizeBytes = parseArchiveSize(input.archiveSize);
  const claim = { archiveSizeBytes, treeHash: parseTreeHash(input.checksum) };
  const archiveId = await services.metadata.transaction(async (session) => {
    const vault = await lockVault(session, call);
    const upload = await getUpload((id) => session.uploads.lock(id), vault, input.uploadId);
    switch (upload.state) {
      case "InProgress":
        return await completeUpload(session, services, vault, upload, claim);
      case "Completed":
        checkRepeatedCompletion(upload, claim);
        return upload.archiveId;
      case "Aborted":
        throw uploadNotFound(input.uploadId);
    }
  });
  return renderArchiveCreated(call.vault, { archiveId, treeHash: claim.treeHash });
};

async function completeUpload(
  session: MetadataSession,
  services: Services,
  lockedVault: Vault,
  upload: UploadInProgress,
  claim: CompletionClaim,
): Promise<ArchiveId> {
  const parts = await listAllParts(session.manifests, upload.manifestId);
  checkCompletion(parts, upload.partSizeBytes, claim, services.sha256);
  const { manifestId, description } = upload;
  const { archiveSizeBytes, treeHash } = claim;
  const archiveId = services.ids.archiveId();
  await recordArchive(session, services, lockedVault, {
    archiveId,
    sizeBytes: archiveSizeBytes,
    treeHash,
    sha256: undefined,
    description,
    manifestId,
  });
  const endedAtMs = services.clock.nowMs();
  await session.uploads.end({
    ...upload,
    state: "Completed",
    endedAtMs,
    archiveId,
    archiveSizeBytes,
    treeHash,
  });
  return archiveId;
}
