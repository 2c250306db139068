import { uploadNotFound } from "../domain/errors.ts";
import { findUploadId, type UploadId } from "../domain/ids.ts";
import type { MultipartUpload, UploadInProgress } from "../domain/multipart-upload.ts";
import type { Vault } from "../domain/vault.ts";

/** Finds an upload by its id: the `find` or the `lock` of a store. */
export type FindUpload = (uploadId: UploadId) => Promise<MultipartUpload | undefined>;

/**
 * The upload of `vault` that a request names, in whatever state. Throws `ResourceNotFoundException` when
 * there is none, and when it belongs to another vault.
 */
export async function getUpload(
  find: FindUpload,
  vault: Vault,
  uploadIdText: string,
): Promise<MultipartUpload> {
  const uploadId = findUploadId(uploadIdText);
  const upload = uploadId === undefined ? undefined : await find(uploadId);
  if (upload?.vaultId !== vault.vaultId) {
    throw uploadNotFound(uploadIdText);
  }
  return upload;
}

/** The upload likewise, but not a completed or aborted one (contract §2.21, §2.24). Throws the same error. */
export async function getUploadInProgress(
  find: FindUpload,
  vault: Vault,
  uploadIdText: string,
): Promise<UploadInProgress> {
  const upload = await getUpload(find, vault, uploadIdText);
  if (upload.state !== "InProgress") {
    throw uploadNotFound(uploadIdText);
  }
  return upload;
}
