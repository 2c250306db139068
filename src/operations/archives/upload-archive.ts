import { parseArchiveDescription } from "../../domain/description.ts";
import { parseTreeHash } from "../../domain/hash-hex.ts";
import { commitBlob } from "../commit-blob.ts";
import type { Handler } from "../handler.ts";
import { lockVault } from "../lock-vault.ts";
import { recordArchive, renderArchiveCreated } from "../record-archive.ts";

/**
 * Stores an archive: first its bytes as one blob, verified against both hashes, then the records in one
 * transaction, after which it is durable and can be retrieved (contract §2.18). Nothing stays on failure.
 */
export const uploadArchive: Handler<"UploadArchive"> = async (input, call, services) => {
  const description = parseArchiveDescription(input.archiveDescription);
  parseTreeHash(input.checksum);
  const { sizeBytes, sha256, bytes } = input.body;
  // The text as sent: a refusal after the body was hashed repeats it (contract §1.5).
  const expected = { sizeBytes, sha256, treeHash: input.checksum };
  const blob = await services.ingest.store({ body: bytes, expected });

  const { ids } = services;
  const manifestId = ids.manifestId();
  const archive = {
    archiveId: ids.archiveId(),
    sizeBytes: blob.sizeBytes,
    treeHash: blob.treeHash,
    sha256: blob.sha256,
    description,
    manifestId,
  };
  const part = {
    startBytes: 0,
    sizeBytes: blob.sizeBytes,
    treeHash: blob.treeHash,
    blobId: blob.blobId,
    leaves: blob.leaves,
  };
  await commitBlob(services, blob, async (session) => {
    const vault = await lockVault(session, call);
    await session.manifests.putPart(manifestId, part, ids.manifestId());
    await recordArchive(session, services, vault, archive);
  });
  return renderArchiveCreated(call.vault, archive);
};
