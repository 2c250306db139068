import { parseContentRange, rangeLength } from "../../domain/byte-range.ts";
import { invalidParameter } from "../../domain/errors.ts";
import { parseTreeHash } from "../../domain/hash-hex.ts";
import { checkPartRange } from "../../domain/multipart-upload.ts";
import { commitBlob } from "../commit-blob.ts";
import { getUploadInProgress } from "../get-upload.ts";
import type { Handler } from "../handler.ts";

/**
 * Stores a part: first its bytes as one blob, verified against both hashes, then its record. The upload is
 * looked at before the body is read, and again with it locked, since it may have ended meanwhile. A part
 * sent again replaces the earlier one; of two at once, the one that ends last (contract §2.21).
 */
export const uploadMultipartPart: Handler<"UploadMultipartPart"> = async (
  input,
  call,
  services,
) => {
  const range = parseContentRange(input.range);
  parseTreeHash(input.checksum);
  const { sizeBytes, sha256, bytes } = input.body;
  if (rangeLength(range) !== sizeBytes) {
    throw invalidParameter(
      `Content-Range: ${input.range} is incompatible with Content-Length: ${sizeBytes}`,
    );
  }
  const { uploads } = services.metadata;
  const upload = await getUploadInProgress((id) => uploads.find(id), call.vault, input.uploadId);
  checkPartRange(range, upload.partSizeBytes);
  // The text as sent: a refusal after the body was hashed repeats it (contract §1.5).
  const expected = { sizeBytes, sha256, treeHash: input.checksum };
  const blob = await services.ingest.store({ body: bytes, expected });

  const part = {
    startBytes: range.start,
    sizeBytes: blob.sizeBytes,
    treeHash: blob.treeHash,
    blobId: blob.blobId,
    leaves: blob.leaves,
  };
  await commitBlob(services, blob, async (session) => {
    await getUploadInProgress((id) => session.uploads.lock(id), call.vault, input.uploadId);
    await session.manifests.putPart(upload.manifestId, part, services.ids.manifestId());
    await session.uploads.touch(upload.uploadId, services.clock.nowMs());
  });
  return { checksum: blob.treeHash };
};
